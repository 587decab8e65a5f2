/** The study's script and style, each one file that `signllm review --study` puts into the page it writes. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

export default defineConfig({
  build: {
    outDir: fileURLToPath(new URL("../engine_bridge/signllm_bridge/pages", import.meta.url)),
    emptyOutDir: false, // the pages have been built there before
    target: "es2020",
    lib: { entry: "src/review/study.ts", formats: ["iife"], name: "study", cssFileName: "assets/study", fileName: () => "assets/study.js" },
    chunkSizeWarningLimit: 1000,
  },
  define: { "process.env.NODE_ENV": '"production"' },
});
