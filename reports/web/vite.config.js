import { defineConfig } from 'vite';

// One classic script and one style sheet, the same bytes on every machine.
export default defineConfig({
  build: {
    target: 'es2022',
    outDir: 'dist',
    emptyOutDir: true,
    cssMinify: true,
    reportCompressedSize: false,
    lib: { entry: 'src/main.ts', formats: ['iife'], name: 'clew', fileName: () => 'report.js', cssFileName: 'report' },
  },
});
