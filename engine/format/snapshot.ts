/**
 * Sections: which piece of what was given holds what. A snapshot names the command above each piece (`==> COMMAND <==`);
 * a file without such lines is one tool's output and is recognised by its content.
 */

import type { Section } from '../model/node.ts';
import type { Family } from '../net/address.ts';
import { OVN_TABLES, ovnKindOfHeadings } from './ovn.ts';
import { decoded } from './encoding.ts';
import { isNftJson } from './nft.ts';
import { eachLine, quoted, report, type Report } from './text.ts';

export interface InputFile {
  readonly name: string;
  readonly text: string;
}

const HEADER = /^==> (.+?) <==\s*$/;
/** `[root@node ~]# iptables-save`, `root@node:/etc# …`, `$ …`; a line that begins with `#` is a comment. */
const PROMPT = /^(?:\S{1,80}[@:~\]].{0,120}?[#$%>]|[$%>]) *(?:sudo +)?(?:\/\S*\/)?((?:ip6?tables|ipset|ip|bridge|sysctl|conntrack|uname|nft|nfacct|ipvsadm|ss)\b.*)$/;
const MAX_PROMPT = 300;

function promptCommand(line: string): string | null {
  return line.length > MAX_PROMPT || line.startsWith('#') ? null : (PROMPT.exec(line)?.[1] ?? null);
}

/** What a command prints. The first words decide. */
const COMMANDS: readonly (readonly [RegExp, string])[] = [
  [/^ip6tables(-legacy|-nft)?-save\b/, 'ip6tables-save'],
  [/^iptables(-legacy|-nft)?-save\b/, 'iptables-save'],
  [/^ip6?tables(-legacy|-nft)?\b.*\s(-\w*S|--list-rules)\b/, 'iptables -S'],
  [/^ip6?tables(-legacy|-nft)?\b.*\s(-\w*L|--list)\b/, 'iptables -L'],
  [/^ipset save\b|^ipset\b.* (-o|--?output) save\b/, 'ipset save'],
  [/^ipset (-\S+ )*(-L|l|list)\b/, 'ipset list'],
  [/^ip\b.*\s(x|xf|xfr|xfrm)\s+(s|st|sta|stat|state|sa)\b/, 'ip xfrm state'],
  [/^ip\b.*\s(x|xf|xfr|xfrm)\s+(p|po|pol|poli|polic|policy)\b/, 'ip xfrm policy'],
  [/^ip\b.*\s(a|ad|add|addr|addre|addres|address)\b/, 'ip addr'],
  [/^ip\b.*\s(l|li|lin|link)\b/, 'ip link'],
  [/^ip\b.*\s(r|ro|rou|rout|route)\b/, 'ip route'],
  [/^ip\b.*\s(ru|rul|rule)\b/, 'ip rule'],
  [/^ip\b.*\s(n|ne|nei|neigh|neighbor|neighbour)\b/, 'ip neigh'],
  [/^ifconfig\b/, 'ifconfig'],
  [/^route\b/, 'route'],
  [/^netstat\b.*\s(-\w*r|--route)/, 'netstat -r'],
  [/^bridge\b.*\sf(d|db)?\b/, 'bridge fdb'],
  [/^sysctl\b/, 'sysctl'],
  [/^conntrack\b.*\s-L\s+(expect|exp)\b/, 'conntrack -L expect'],
  [/^conntrack\b.*\s-L/, 'conntrack -L'],
  [/^ipvsadm\b/, 'ipvsadm'],
  [/^nfacct\b/, 'nfacct list'],
  [/^cat\b.*\/ip6?t_hashlimit\//, 'hashlimit'],
  [/^cat\b.*\/pf\.os$/, 'pf.os'],
  [/^cat\b.*\/iproute2\/group$/, 'group names'],
  [/^cat\b.*\/iproute2\/rt_realms$/, 'realm names'],
  [/^nft\b/, 'nft list ruleset'],
  [/^ss\b/, 'ss'],
  [/^uname\b/, 'uname -r'],
  ...Object.entries(OVN_TABLES).map(([kind, table]): readonly [RegExp, string] => [new RegExp(`^(?:ovn-sbctl|kubectl[ -]ko sbctl)\\b.*\\slist\\s+${table}\\b`, 'i'), kind]),
];

/** Kind of a section by its header; `unknown` if no command of it is known. */
function kindOfCommand(command: string): string {
  const words = command.trim().replace(/^(sudo\s+)?(\S*\/)?/, '');
  return COMMANDS.find(([pattern]) => pattern.test(words))?.[1] ?? 'unknown';
}

/** Splits the files into sections. A file without headers is one section. */
export function readSections(files: readonly InputFile[], family: Family | undefined, to: (section: string, file: string) => Report): Section[] {
  const sections: Section[] = [];
  const several = files.length > 1;
  for (const { name, text: given } of files) {
    const file = several ? name : '';
    const text = decoded(given, to('snapshot', file));
    const split = splitSnapshot(text, file);
    if (split) sections.push(...split);
    else sections.push(bareSection(text, file, family));
  }
  return sections;
}

function splitSnapshot(text: string, file: string): Section[] | null {
  if (!text.startsWith('==> ') && !text.includes('\n==> ')) return null;
  const sections: Section[] = [];
  let at = 0;
  let number = 1;
  let header: string | null = null;
  let start = 0;
  let startLine = 1;
  const close = (end: number) => {
    if (header !== null) sections.push({ kind: kindOfCommand(header), header, text: text.slice(start, end), line: startLine, file });
    else if (text.slice(0, end).trim() !== '') sections.push({ kind: 'preamble', header: '', text: text.slice(0, end), line: 1, file });
  };
  while (at < text.length) {
    let end = text.indexOf('\n', at);
    if (end < 0) end = text.length;
    if (text.startsWith('==> ', at)) {
      const match = HEADER.exec(text.slice(at, end));
      if (match) {
        close(at);
        header = match[1] as string;
        start = Math.min(end + 1, text.length);
        startLine = number + 1;
      }
    }
    at = end + 1;
    number++;
  }
  if (header === null) return null;
  close(text.length);
  return sections;
}

function bareSection(text: string, file: string, family: Family | undefined): Section {
  const kind = kindOfContent(text);
  const isTables = kind === 'iptables-save';
  return { kind: isTables && contentFamily(text, family) === 'ipv6' ? 'ip6tables-save' : kind, header: '', text, line: 1, file };
}

/** Family of rules without a header: what the text says itself, then what the caller says, then IPv4. */
export function contentFamily(text: string, family: Family | undefined): Family {
  const generated = /^# Generated by (ip6?tables)/m.exec(text)?.[1];
  if (generated) return generated === 'ip6tables' ? 'ipv6' : 'ipv4';
  const address = /^(?:\[\d+:\d+\] ?)?-[AI] \S+.*? (?:-[sd]|--source|--destination|--to-source|--to-destination) (?:\d+\.\d+|\[?[0-9a-fA-F]*:[0-9a-fA-F:]*)/m.exec(text)?.[0];
  if (address) return /:[0-9a-fA-F:]*$/.test(address) ? 'ipv6' : 'ipv4';
  return family ?? 'ipv4';
}

/** Forms of what `ip` and its elders print that leave out what a walk needs: flags, families, what a line belongs to. */
const SHORTENED: readonly (readonly [RegExp, string])[] = [
  [/^\d+: +\S+ +inet6? \S/, 'ip -o addr'],
  [/^\S+ +(UNKNOWN|UP|DOWN|LOWERLAYERDOWN|DORMANT|NOTPRESENT|TESTING) +\S*[^<]*<[A-Z_,0-9-]*>/, 'ip -br link'],
  [/^\S+ +(UNKNOWN|UP|DOWN|LOWERLAYERDOWN|DORMANT|NOTPRESENT|TESTING)( |$)/, 'ip -br addr'],
  [/^[0-9a-f.:]*[.:][0-9a-f.:]* +\S+ +([0-9a-f]{2}:){5}[0-9a-f]{2} *$/, 'ip -br neigh'],
  [/^(local |broadcast |multicast )?[0-9a-f.:]+ .*\buid \d+ *$/, 'ip route get'],
  [/^\S+: flags=\d+</, 'ifconfig'],
  [/^Kernel IP(v6)? routing table/, 'route'],
  [/^Destination +(Gateway|Next Hop) +/, 'route'],
  [/^\[\s*\{"ifname":"[^"]*","operstate":"\w+","addr_info":\[(\]|\{"local")/, 'ip -br addr'],
  [/^\[\s*\{"ifname":"[^"]*","operstate":"\w+","address":/, 'ip -br link'],
  [/^\[\s*\{"addr_info":\[\{"index":/, 'ip -o addr'],
];

/** What of it a section holds, by its first line that says anything; null if it is whole. */
export function shortenedForm(text: string): string | null {
  const line = /\S.*/.exec(text)?.[0].slice(0, 2000) ?? '';
  return SHORTENED.find(([pattern]) => pattern.test(line))?.[1] ?? null;
}

const CONTENT: readonly (readonly [RegExp, string])[] = [
  ...SHORTENED,
  [/^\*[ \t]*\w/, 'iptables-save'],
  [/^:\S+ (ACCEPT|DROP|-)/, 'iptables-save'],
  [/^# (Generated|Completed) (by|on) (\w|ip6?tables)/, 'iptables-save'],
  [/^-A (-[tu] \S+:\d+|--(tcp|udp|sctp)-service \S+|(-f|--fwmark-service) \d+)( |$)/, 'ipvsadm'],
  [/^(create|add|-N|-A) \S+ ((hash|bitmap|list):\S+|\d)/, 'ipset save'],
  [/^create \S+ \S+/, 'ipset save'],
  [/^add \S+ \S+/, 'ipset save'],
  [/^Chain \S+ \((policy \S+|\d+ references)/, 'iptables -L'],
  [/^-[PNA] \S+/, 'iptables -S'],
  [/^Name: \S+/, 'ipset list'],
  [/^(\d+ )?proto=\d+ src=\S+ dst=\S+ .*mask-src=/, 'conntrack -L expect'],
  [/^(ipv[46]\s+\d+\s+)?\w+\s+\d+\s+(\d+\s+)?.*src=\S+ dst=\S+/, 'conntrack -L'],
  [/^conntrack v\S+ \(conntrack-tools\): /, 'conntrack -L'],
  [/^\{ pkts = \d+, bytes = \d+/, 'nfacct list'],
  [/^table (ip|ip6|inet|arp|bridge|netdev) \S+ \{/, 'nft list ruleset'],
  [/^# Warning: table ip/, 'nft list ruleset'],
  [/^\d+: \S+: <.*> mtu /, 'ip addr'],
  [/^([0-9a-f]{2}:){5}[0-9a-f]{2} dev \S+( |$)/, 'bridge fdb'],
  [/^[0-9a-f.:]+ dev \S+ (lladdr \S+ )?(router )?.*\b(proxy|PERMANENT|NOARP|REACHABLE|STALE|INCOMPLETE|DELAY|PROBE|FAILED) *$/, 'ip neigh'],
  [/^\d+:\s+(not )?from /, 'ip rule'],
  [/^(default|(unicast|local|broadcast|unreachable|blackhole|prohibit|throw|multicast|anycast)? ?(default|[0-9a-f.:]+(\/\d+)?)) .*\b(dev|via|proto|scope|metric)\b/, 'ip route'],
  [/^[a-z][\w-]*[./]\S* ?= ?.*/, 'sysctl'],
  [/^(?:Netid +)?State +Recv-Q +Send-Q +Local Address:Port/, 'ss'],
  [/^(?:(tcp|udp) +)?(LISTEN|UNCONN) +\d+ +\d+ +\S+:\d+ +\S+:/, 'ss'],
  [/^\d+\.\d+(\.\d+)?[\w.+~-]*$/, 'uname -r'],
];

/** What a file holds, by its first lines that say anything; `unknown` if none does. */
export function kindOfContent(text: string): string {
  const head = text.slice(0, 65536);
  const trimmed = head.trimStart();
  if (/^\[\s*[\]{]/.test(trimmed)) return kindOfJson(text);
  if (isNftJson(trimmed)) return 'nft list ruleset';
  if (trimmed.startsWith('{') && text.includes('"headings"')) return kindOfTable(text);
  let kind = 'unknown';
  let prompted = 'unknown';
  let seen = 0;
  eachLine(head, 1, (line) => {
    if (kind !== 'unknown' || line.trim() === '' || seen++ > 50) return;
    const command = promptCommand(line);
    if (command !== null) prompted = prompted === 'unknown' ? kindOfCommand(command) : prompted;
    else kind = CONTENT.find(([pattern]) => pattern.test(line.slice(0, 1000)))?.[1] ?? 'unknown';
  });
  return kind === 'unknown' ? prompted.replace('ip6tables-save', 'iptables-save') : kind;
}

/** A table of `ovn-sbctl --format=json`, by its columns. */
function kindOfTable(text: string): string {
  const headings = /"headings":\s*\[([^\]]*)\]/.exec(text)?.[1] ?? '';
  return ovnKindOfHeadings([...headings.matchAll(/"([^"]*)"/g)].map(([, name]) => name)) ?? 'unknown';
}

/** The shape of what `ip -j` prints (iproute2 6.1). */
function kindOfJson(text: string): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const head = text.slice(0, 4096);
    if (/"addr_info"/.test(head)) return 'ip addr';
    return /"ifindex"/.test(head) ? 'ip link' : /"priority"/.test(head) ? 'ip rule' : /"(lladdr|state)"/.test(head) ? 'ip neigh' : /"dst"/.test(head) ? 'ip route' : 'unknown';
  }
  const items = Array.isArray(value) ? value.filter((item): item is Record<string, unknown> => typeof item === 'object' && item !== null && Object.keys(item).length > 0) : [];
  const has = (key: string) => items.some((item) => key in item);
  if (has('addr_info')) return 'ip addr';
  if (has('mac') && has('ifname')) return 'bridge fdb';
  if (has('ifname')) return 'ip link';
  if (has('priority')) return 'ip rule';
  if (has('dst')) return has('lladdr') || items.every((item) => Array.isArray(item.state)) ? 'ip neigh' : 'ip route';
  return 'unknown';
}

/** Takes a shell prompt off the first line: its text stays, its command does not count. Says what it found. */
export function blankPrompt(section: Section, to: Report): string {
  const end = section.text.indexOf('\n');
  const first = (end < 0 ? section.text : section.text.slice(0, end)).replace(/\r$/, '');
  if (promptCommand(first) === null) return section.text;
  report(
    to,
    'warning',
    'shell-prompt',
    { line: section.line, column: 1, length: Math.max(1, [...first].length) },
    `this line is a shell prompt, not a line of the file: ${quoted(first)}`,
    'take it away',
  );
  return end < 0 ? '' : section.text.slice(end);
}
