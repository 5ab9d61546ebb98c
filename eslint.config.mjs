import js from "@eslint/js";
import tseslint from "typescript-eslint";

// @ts-check
/** @param {string} file @param {string[]} names */
const onlyInVscodeRoom = (file, names) =>
  names.map((name) => ({
    selector: `CallExpression[callee.property.name='${name}']`,
    message: `${name} belongs in src/vscode/${file}.`,
  }));

export default tseslint.config(
  { ignores: ["dist", "node_modules", "coverage", "eslint.config.mjs"] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-non-null-assertion": "error",
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/consistent-type-definitions": ["error", "interface"],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "no-undef": "off",
      "no-console": "error",
      eqeqeq: "error",
    },
  },
  {
    files: ["src/**/*.ts"],
    ignores: ["src/vscode/present.ts", "src/vscode/register.ts"],
    rules: {
      "no-restricted-syntax": [
        "error",
        ...onlyInVscodeRoom("present.ts", [
          "showErrorMessage",
          "showWarningMessage",
          "showInformationMessage",
        ]),
        ...onlyInVscodeRoom("register.ts", ["registerCommand"]),
      ],
    },
  },
  {
    files: ["scripts/**", "bench/**", "test/**", "*.mjs"],
    rules: { "no-console": "off", "@typescript-eslint/require-await": "off" },
  },
);
