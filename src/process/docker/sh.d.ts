/** A shell script as its text, which the bundler puts into the program. */
declare module "*.sh" {
  const text: string;
  export = text;
}
