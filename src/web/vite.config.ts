import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import { serviceWorker } from './offline/build-worker.ts'

const server = process.env.SHISU_URL ?? 'http://127.0.0.1:8080'
const proxied = ['/api', '/video', '/epcis', '/01', '/00', '/414', '/healthz', '/readyz']

/** Builds the application into dist/web; `vite src/web` serves it beside a running Shisu. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [serviceWorker()],
  build: {
    outDir: fileURLToPath(new URL('../../dist/web', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    // Pages are reached by lazy routes, so a large chunk is antd's pickers, loaded only by forms and filters.
    chunkSizeWarningLimit: 800,
    rolldownOptions: {
      // antd's "use client" means nothing to a bundle; four hundred warnings would hide a real one.
      onLog(level, log, handle) {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handle(level, log)
      },
      output: {
        codeSplitting: {
          groups: [
            { name: 'react', test: /node_modules[\\/](react|react-dom|scheduler|@tanstack)[\\/]/, priority: 2 },
            { name: 'zxing', test: /node_modules[\\/](@zxing|ts-custom-error)[\\/]/, priority: 2 },
            { name: 'hls', test: /node_modules[\\/]hls\.js[\\/]/, priority: 2 },
            { name: 'antd', test: /node_modules[\\/]/, priority: 1 },
          ],
        },
      },
    },
  },
  server: { proxy: Object.fromEntries(proxied.map((path) => [path, { target: server, changeOrigin: true }])) },
})
