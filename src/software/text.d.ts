/** A text file, which the bundler puts into the program. */
declare module "*.pub.txt" {
  const text: string;
  export = text;
}
