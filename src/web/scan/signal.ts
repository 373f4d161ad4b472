let sound: AudioContext | undefined

/** A short high tone and a tap for a code that was taken; a low tone and a long one for a code that was not. */
export function signal(isGood: boolean): void {
  navigator.vibrate?.(isGood ? 60 : [120, 60, 120])
  try {
    sound ??= new AudioContext()
    const tone = sound.createOscillator()
    const loudness = sound.createGain()
    tone.frequency.value = isGood ? 1760 : 220
    loudness.gain.value = 0.08
    tone.connect(loudness).connect(sound.destination)
    tone.start()
    tone.stop(sound.currentTime + (isGood ? 0.09 : 0.28))
  } catch {
    // Sound is a courtesy: a browser that refuses it has still vibrated and shown the code.
  }
}
