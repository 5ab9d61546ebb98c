/** esbuild and vitest load shell scripts as text. */
declare module "*.sh" {
  const text: string;
  export default text;
}
