/** Sets `map[key]`, whatever the key: an assignment to `__proto__` would be lost. */
export function setOwn(map: Record<string, string>, key: string, value: string): void {
  Object.defineProperty(map, key, { value, enumerable: true, writable: true, configurable: true });
}
