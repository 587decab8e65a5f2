import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import type { Plugin } from "vite";

const PAGES = fileURLToPath(new URL("../engine_bridge/signllm_bridge/pages", import.meta.url));
/** This repository's own licence is the text that Apache-2.0 packages refer to. */
const APACHE_2 = fileURLToPath(new URL("../LICENSE", import.meta.url));
const SERVER = "http://127.0.0.1:8765";

export default defineConfig({
  base: "./", // the bridge may serve the page below any path
  build: {
    outDir: PAGES,
    emptyOutDir: true,
    target: "es2020",
    modulePreload: false,
    chunkSizeWarningLimit: 1000,
    rolldownOptions: {
      input: { page: "index.html", review: "review.html" },
      output: {
        // Fixed names: a rebuild without changes leaves the committed files as they are.
        entryFileNames: "assets/[name].js",
        chunkFileNames: "assets/[name].js",
        assetFileNames: "assets/[name][extname]",
        codeSplitting: { groups: [{ name: "vendor", test: /node_modules/ }] },
      },
    },
  },
  plugins: [thirdPartyLicences()],
  server: { proxy: { "/avatar.vrm": SERVER, "/stream": { target: SERVER, ws: true } } },
  test: { include: ["tests/**/*.test.ts"] },
});

/** Writes the licences of every package that went into the build beside it: minifying drops their comments. */
function thirdPartyLicences(): Plugin {
  return {
    name: "third-party-licences",
    generateBundle(_, bundle) {
      const modules = Object.values(bundle).flatMap((file) => (file.type === "chunk" ? Object.keys(file.modules) : []));
      const packages = new Map<string, string[]>();
      for (const id of modules) {
        const root = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0];
        if (root !== undefined) packages.set(root, [...(packages.get(root) ?? []), id]);
      }
      const source = [...packages].sort().map(([root, ids]) => licence(root, ids)).join("\n");
      this.emitFile({ type: "asset", fileName: "assets/THIRD_PARTY_LICENCES.txt", source });
    },
  };
}

/** The licence file of a package; of one that has none, the notices at the top of its modules, with what they refer to. */
function licence(root: string, modules: string[]): string {
  const { name, version, license } = JSON.parse(readFileSync(`${root}/package.json`, "utf8"));
  const file = readdirSync(root).find((entry) => /^licen[cs]e/i.test(entry));
  const notices = new Set(modules.map((id) => /^(?:\/\/.*\n)+/.exec(readFileSync(id.split("?")[0]!, "utf8"))?.[0] ?? ""));
  const referred = /Apache-2\.0/.test(license) ? [readFileSync(APACHE_2, "utf8").trimEnd().replace(/^\n+/, "")] : [];
  const text = file ? readFileSync(`${root}/${file}`, "utf8") : [...[...notices].sort(), ...referred].join("\n");
  return `${name} ${version} (${license})\n\n${text.trim()}\n`;
}
