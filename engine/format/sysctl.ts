/** Kernel parameters as `sysctl -a` prints them: `name = value`. */

import { eachLine, quoted, refuseLine, type Report } from './text.ts';

/** What walks go by, and is a number each (`sysctl -a` of Linux 6.18); `default` is for devices to come. */
const NUMBERS =
  /^net\.(?:ipv4\.(?:conf\.(?!default\.)|ip_forward$|ip_default_ttl$|icmp_|ipfrag_time$|fwmark_reflect$|(?:ip|tcp|udp)_early_demux$|tcp_ecn$|tcp_fwmark_accept$|vs\.(?!sync_|est_))|ipv6\.(?:conf\.(?!default\.)(?!.*\.stable_secret$)|icmp\.(?!ratemask$)|ip6frag_time$|fwmark_reflect$|max_(?:hbh|dst)_opts_number$)|netfilter\.nf_conntrack_|bridge\.bridge-nf-)/;

const TAKE = 'take the lines as "sysctl -a" prints them';

/** A name that is printed several times (`dev.cdrom.info`) keeps all its lines. */
export function parseSysctls(text: string, line: number, to: Report): Map<string, string> {
  const values = new Map<string, string>();
  eachLine(text, line, (source, number) => {
    if (source.trim() === '' || source.startsWith('#')) return;
    if (source.startsWith('sysctl: ')) {
      const key = /["']([\w./-]+)["']/.exec(source)?.[1] ?? '';
      if (NUMBERS.test(key)) refuseLine(to, source, number, `the value of ${quoted(key)} is missing`, 'run "sysctl -a" as root');
      return;
    }
    const equals = source.indexOf('=');
    const name = (equals < 0 ? '' : source.slice(0, equals)).trim();
    if (name === '' || /\s/.test(name)) {
      refuseLine(to, source, number, `${quoted(source.trim())} is not "name = value"`, TAKE);
      return;
    }
    const value = source.slice(equals + 1).trim();
    // /proc/sys paths use slashes, and then a dot inside an interface name stays a dot.
    const key = name.includes('/') && !/^[\w-]+\./.test(name) ? name.replace(/[./]/g, (separator) => (separator === '/' ? '.' : '/')) : name;
    if (NUMBERS.test(key) && !/^-?\d+$/.test(value)) return refuseLine(to, source, number, `the value of ${quoted(key)} is no number: ${quoted(value)}`, TAKE);
    const before = values.get(key);
    values.set(key, before === undefined ? value : `${before}\n${value}`);
  });
  return values;
}
