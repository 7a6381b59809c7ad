/** Kernel parameters as `sysctl -a` prints them: `name = value`. */

import { eachLine, quoted, refuseLine, type Report } from './text.ts';

/** A name that is printed several times (`dev.cdrom.info`) keeps all its lines. */
export function parseSysctls(text: string, line: number, to: Report): Map<string, string> {
  const values = new Map<string, string>();
  eachLine(text, line, (source, number) => {
    if (source.trim() === '' || source.startsWith('#') || source.startsWith('sysctl: ')) return;
    const equals = source.indexOf('=');
    const name = (equals < 0 ? '' : source.slice(0, equals)).trim();
    if (name === '' || /\s/.test(name)) {
      refuseLine(to, source, number, `${quoted(source.trim())} is not "name = value"`, 'take the lines as "sysctl -a" prints them');
      return;
    }
    const value = source.slice(equals + 1).trim();
    // /proc/sys paths use slashes, and then a dot inside an interface name stays a dot.
    const key = name.includes('/') && !/^[\w-]+\./.test(name) ? name.replace(/[./]/g, (separator) => (separator === '/' ? '.' : '/')) : name;
    const before = values.get(key);
    values.set(key, before === undefined ? value : `${before}\n${value}`);
  });
  return values;
}
