/** Text files, which the bundler puts into the program. */
declare module "*.yml" {
  const text: string;
  export = text;
}
declare module "*.conf" {
  const text: string;
  export = text;
}
