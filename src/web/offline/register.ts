/** Installs the service worker; without https there is none, and the application works as long as the page is open. */
export function registerWorker(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return
  addEventListener('load', () => {
    navigator.serviceWorker.register('/worker.js', { updateViaCache: 'none' }).catch(() => {})
  })
}
