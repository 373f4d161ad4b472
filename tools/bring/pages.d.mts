export function bringPages(): void
