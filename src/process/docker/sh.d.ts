/** A shell script imported as text, which the bundler embeds. */
declare module "*.sh" {
  const text: string;
  export = text;
}
