declare module "*.sh" {
  const text: string;
  // biome-ignore lint/style/noDefaultExport: this is how the bundler hands out the text of a file
  export default text;
}
