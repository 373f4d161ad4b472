export default function Chain() {
  return null
}
