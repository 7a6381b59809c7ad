/**
 * The room's door: files in, a `Node` out, and back. Each section goes to the reader of its format; what the readers find
 * is put together here. Nothing is dropped silently: what is not read is in `notes`, what cannot be read in `problems`.
 */

import type { AccountingObject } from '../model/accounting.ts';
import type { Problem } from '../model/diagnostic.ts';
import type { Expectation } from '../model/expectation.ts';
import type { Fingerprint } from '../model/fingerprint.ts';
import { hashlimitKey, type HashlimitEntry } from '../model/hashlimit-entry.ts';
import type { VirtualServer } from '../model/ipvs.ts';
import { SHIPPED_NAMES, type LocalNames } from '../model/local-names.ts';
import type { ConntrackSeed, Node, Section, UnreadChain, UnreadLine } from '../model/node.ts';
import type { ListedSocket } from '../model/packet.ts';
import type { ForwardingEntry, Interface, Neighbour, PolicyRule, Route } from '../model/route.ts';
import type { Backend, Table } from '../model/rule.ts';
import type { IpSet } from '../model/set.ts';
import type { Family } from '../net/address.ts';
import { mergeConntrack, parseConntrack } from './conntrack.ts';
import { parseExpectations } from './conntrack-expect.ts';
import { parseForwarding } from './bridge-fdb.ts';
import { mergeInterfaces, parseInterfaces } from './ip-address.ts';
import { parseNeighbours } from './ip-neighbour.ts';
import { mergeRoutes, parseRoutes } from './ip-route.ts';
import { parseLocalNames } from './local-names.ts';
import { parseFingerprints } from './pf-os.ts';
import { parsePolicyRules } from './ip-rule.ts';
import { parseIpsetSave } from './ipset-save.ts';
import { parseVirtualServers } from './ipvsadm.ts';
import { parseSockets } from './ss.ts';
import { checkTables } from './iptables-check.ts';
import { listedTable } from './iptables-listing.ts';
import { parseIptablesSave } from './iptables-save.ts';
import { hashlimitOf, parseHashlimit } from './hashlimit.ts';
import { parseAccounting } from './nfacct.ts';
import { foreignTables, isCutShort, isNftJson, managedTables, strayLine } from './nft.ts';
import { holdsTable, incompatibleTables, legacyWarning, mayHideRules } from './missing-tables.ts';
import { isOvnSection, OverlayReader } from './ovn.ts';
import { listedFamily, LISTING, namedBackend, sectionName, TABLES, hasNativeMatches, writtenBy } from './section.ts';
import { blankPrompt, kindOfContent, readSections, shortenedForm, type InputFile } from './snapshot.ts';
import { parseSysctls } from './sysctl.ts';
import { quoted, refuseLine, report, shortened, type Report } from './text.ts';

export { printNode } from './print-node.ts';
export type { InputFile } from './snapshot.ts';

export interface ParseNodeOptions {
  /** Family of rules, routes and policy rules that do not say it themselves; IPv4 if absent. */
  readonly family?: Family;
}

/** Reads what belongs to one node: a snapshot, one tool's output, or several such files. Never throws. */
export function parseNode(files: readonly InputFile[], options: ParseNodeOptions = {}): Node {
  return new NodeReader(files, options).read();
}

/** Kinds that are someone else's view of what another command prints better. */
const INSTEAD: Readonly<Record<string, string>> = {
  'iptables -L': 'iptables-save',
  'ipset list': 'ipset save',
  'ip -o addr': 'ip -j addr',
  'ip -br addr': 'ip -j addr',
  'ip -br link': 'ip -d -j link',
  'ip -br neigh': 'ip -j neigh',
  'ip route get': 'ip -j route show table all',
  ifconfig: 'ip -j addr',
  route: 'ip -j route show table all',
  'netstat -r': 'ip -j route show table all',
};
/** What is missing where a line of a section cannot be read. */
const UNREAD_PARTS: Readonly<Record<string, UnreadLine['part']>> = {
  'ip addr': 'address',
  'ip link': 'address',
  'ip route': 'route',
  'ip rule': 'rule',
  'conntrack -L': 'connection',
  'conntrack -L expect': 'expectation',
  sysctl: 'setting',
  'ip neigh': 'neighbour',
  'ip -br neigh': 'neighbour',
  'bridge fdb': 'forwarding',
  ipvsadm: 'service',
  ss: 'socket',
  'ip -o addr': 'address',
  'ip -br addr': 'address',
  'ip -br link': 'address',
  'ip route get': 'route',
  ifconfig: 'address',
  route: 'route',
  'netstat -r': 'route',
};

const IP_SECTIONS: ReadonlySet<string> = new Set(['ip addr', 'ip link', 'ip route', 'ip neigh']);

class NodeReader {
  private readonly options: ParseNodeOptions;
  private readonly sections: readonly Section[];
  private readonly reports = new Map<Section, Report>();
  private readonly loose: Problem[] = [];
  /** Files whose line ends have been complained about. */
  private readonly withCarriageReturns = new Set<string>();
  private readonly notes: string[] = [];
  private readonly tables = new Map<string, { table: Table; section: Section }>();
  private sets: Map<string, IpSet> | null = null;
  private readonly interfaces: Interface[][] = [];
  private readonly routes: Route[][] = [];
  private readonly rules: PolicyRule[][] = [];
  private neighbours: Neighbour[] | null = null;
  private forwarding: ForwardingEntry[] | null = null;
  private sysctls: Map<string, string> | null = null;
  private conntrack: ConntrackSeed[] | null = null;
  private expectations: Expectation[] | null = null;
  private accounting: Map<string, AccountingObject> | null = null;
  private fingerprints: Fingerprint[] | null = null;
  private ipsec: NonNullable<Node['ipsec']> = {};
  private readonly hashlimits = new Map<string, readonly HashlimitEntry[]>();
  private virtualServers: VirtualServer[] | null = null;
  private sockets: readonly ListedSocket[] | null = null;
  private readonly overlay = new OverlayReader();
  private kernel: string | null = null;
  private names: LocalNames = SHIPPED_NAMES;
  private readonly unreadLines: UnreadLine[] = [];
  private readonly unreadChains: UnreadChain[] = [];
  private readonly routeFamilies = new Set<Family>();
  private readonly ruleFamilies = new Set<Family>();

  constructor(files: readonly InputFile[], options: ParseNodeOptions) {
    this.options = options;
    this.sections = readSections(files, options.family, (section, file) => ({ section, file, problems: this.loose }));
  }

  read(): Node {
    const backends = this.backends();
    // What is in other sections is said in these names, whichever comes first.
    for (const section of this.sections) this.readNames(section);
    for (const section of this.sections) this.section(section, backends.get(section));
    if (this.overlay.missing().length > 0) this.note(`of OVN's tables the snapshot lacks ${this.overlay.missing().join(' and ')}: tunnels of Open vSwitch are not walked`);
    const tables = [...this.tables.values()];
    const { refused, notes } = checkTables(
      tables.map(({ table, section }) => ({ table, report: this.report(section), backend: table.backend ?? writtenBy(section) })),
      this.sets,
      this.accounting && [...this.accounting.keys()],
    );
    for (const note of notes) this.note(note);
    const problems = [...this.loose, ...[...this.reports.values()].flatMap((found) => found.problems.sort((a, b) => a.line - b.line || a.column - b.column))];
    return {
      sections: this.sections,
      tables: tables.map(({ table }) => table),
      sets: this.sets,
      interfaces: this.interfaces.length > 0 ? mergeInterfaces(this.interfaces) : null,
      routes: this.routes.length > 0 ? mergeRoutes(this.routes) : null,
      policyRules: this.rules.length > 0 ? this.rules.flat() : null,
      neighbours: this.neighbours,
      ...(this.forwarding === null ? {} : { forwarding: this.forwarding }),
      sysctls: this.sysctls,
      conntrack: this.conntrack,
      ...(this.expectations === null ? {} : { expectations: this.expectations }),
      ...(this.accounting === null ? {} : { accounting: this.accounting }),
      ...(this.fingerprints === null ? {} : { fingerprints: this.fingerprints }),
      ...(Object.keys(this.ipsec).length === 0 ? {} : { ipsec: this.ipsec }),
      ...(this.hashlimits.size === 0 ? {} : { hashlimits: this.hashlimits }),
      ...(this.sockets === null ? {} : { sockets: this.sockets }),
      virtualServers: this.virtualServers,
      overlay: this.overlay.overlay(),
      kernel: this.kernel,
      routeFamilies: [...this.routeFamilies],
      ruleFamilies: [...this.ruleFamilies],
      problems,
      refused,
      notes: this.notes,
      ...(this.unreadLines.length === 0 ? {} : { unread: this.unreadLines }),
      ...(this.unreadChains.length === 0 ? {} : { unreadChains: this.unreadChains }),
    };
  }

  private report(section: Section): Report {
    let found = this.reports.get(section);
    if (!found) {
      found = { section: sectionName(section), file: section.file, problems: [] };
      this.reports.set(section, found);
    }
    return found;
  }

  private note(given: string): void {
    const text = shortened(given);
    if (!this.notes.includes(text)) this.notes.push(text);
  }

  /** What is there and no walk takes into account: said in every trace, and when the node is checked. */
  private unread(to: Report, severity: 'note' | 'warning', line: number, message: string, hint = ''): void {
    this.note(hint === '' ? message : `${message}: ${hint}`);
    report(to, severity, 'not-read', { line, column: 1, length: 1 }, message, hint);
  }

  /**
   * Which back end each section of tables is of; undefined for one that only repeats another. Both are told apart only
   * where both hold tables. A plain `iptables-save` is that of the two which has no section of its own.
   */
  private backends(): Map<Section, Backend> {
    const result = new Map<Section, Backend>();
    const sections = this.sections.filter(({ kind, text }) => TABLES[kind] && /^\*/m.test(text));
    const of = (backend: Backend) => sections.filter((section) => namedBackend(section) === backend);
    const named = [...of('legacy'), ...of('nft')];
    const plain: Section[] = [];
    for (const section of of(null)) {
      const same = named.find((other) => other.kind === section.kind && bareRules(other.text) === bareRules(section.text));
      if (same) this.note(`section "${section.header}" holds the same as "${same.header}" and is read once`);
      else plain.push(section);
    }
    const isNft = (section: Section) => !named.some((other) => other.kind === section.kind && namedBackend(other) === 'nft');
    const backend = (section: Section): Backend => namedBackend(section) ?? (isNft(section) ? 'nft' : 'legacy');
    const read = [...named, ...plain];
    const both =
      Object.keys(TABLES).some((kind) => new Set(read.filter((section) => section.kind === kind).map(backend)).size > 1) || (of('legacy').length > 0 && of('nft').length > 0);
    for (const section of this.sections) if (TABLES[section.kind] && !sections.includes(section)) result.set(section, null);
    for (const section of read) result.set(section, both ? backend(section) : null);
    return result;
  }

  private section(section: Section, backend: Backend | undefined): void {
    const to = this.report(section);
    const before = to.problems.length;
    // A header may say `ip addr` above what `ip -o addr` printed.
    const kind = IP_SECTIONS.has(section.kind) ? (shortenedForm(section.text) ?? section.kind) : section.kind;
    this.readSection(section, kind, backend, to);
    const part = UNREAD_PARTS[kind];
    if (part === undefined) return;
    const lines = section.text.split('\n');
    for (const { severity, line } of to.problems.slice(before))
      if (severity === 'error') this.unreadLines.push({ part, section: to.section, line, text: INSTEAD[kind] ? null : (lines[line - section.line] ?? null) });
  }

  private readSection(section: Section, kind: string, backend: Backend | undefined, to: Report) {
    const { header, line } = section;
    const isBlank = section.text.trim() === '';
    const text = kind === 'preamble' || isBlank ? section.text : blankPrompt(section, to);
    const start = { line, column: 1, length: 1 };
    const tableFamily = TABLES[kind];
    if (tableFamily && !this.withCarriageReturns.has(section.file) && section.text.includes('\r\n')) {
      this.withCarriageReturns.add(section.file);
      report(to, 'warning', 'carriage-return', start, 'lines here end in CR LF, which iptables-restore refuses', 'save the file with plain line feeds');
    }
    if (tableFamily) {
      if (backend !== undefined) this.readTables(section, text, tableFamily, backend, to);
      return;
    }
    if (kind === LISTING) return isBlank ? undefined : this.readTables(section, text, listedFamily(section, this.options.family), this.listedBackend(section), to);
    if (isOvnSection(kind)) return this.overlay.read(kind, text, line, to);
    if (INSTEAD[kind]) {
      if (isBlank) return;
      report(to, 'error', 'wrong-output', start, `this is what "${kind}" prints, which leaves things out`, `run "${INSTEAD[kind]}" instead`);
      const listed = listedFamily(section, this.options.family);
      if (kind === 'iptables -L' && !this.savedBeside(section, listed)) this.anywhere([listed], 'rules that "iptables -L" prints are not read');
      return;
    }
    switch (kind) {
      case 'preamble':
        if (kindOfContent(section.text) !== 'unknown')
          report(
            to,
            'warning',
            'before-header',
            start,
            'what stands before the first header is taken for a comment, and this looks like what a tool prints',
            'put a line like "==> iptables-save <==" before it',
          );
        return;
      case 'group names':
      case 'realm names':
        return;
      case 'ipset save':
        this.sets ??= new Map();
        parseIpsetSave(text, line, this.sets, to);
        for (const { code, line: at, message } of to.problems) if (code === 'unread-command') this.note(`line ${at} of ${to.section}: ${message}`);
        return;
      case 'sysctl':
        if (isBlank) return this.note(`section "${header}" is empty: defaults are used`);
        this.sysctls ??= new Map();
        for (const [key, value] of parseSysctls(text, line, to)) this.sysctls.set(key, value);
        return;
      case 'conntrack -L':
        this.conntrack = mergeConntrack(this.conntrack ?? [], parseConntrack(text, line, to));
        return;
      case 'bridge fdb':
        this.forwarding = [...(this.forwarding ?? []), ...parseForwarding(text, line, to)];
        return;
      case 'conntrack -L expect':
        this.expectations = [...(this.expectations ?? []), ...parseExpectations(text, line, to)];
        return;
      case 'nfacct list':
        // Nothing at all is what a node without the tool says: a rule that counts has its object.
        if (isBlank) return;
        this.accounting = new Map([...(this.accounting ?? []), ...parseAccounting(text, line, to)]);
        return;
      case 'pf.os':
        if (isBlank) return;
        this.fingerprints = [...(this.fingerprints ?? []), ...parseFingerprints(text, line, to)];
        return;
      case 'ip xfrm state':
      case 'ip xfrm policy':
        this.ipsec = { ...this.ipsec, [kind === 'ip xfrm state' ? 'states' : 'policies']: !isBlank };
        if (!isBlank) this.unread(to, 'note', line, `section "${header}" is kept and not read: what IPsec does to packets is not modelled`);
        return;
      case 'hashlimit': {
        const table = hashlimitOf(header);
        if (table) this.hashlimits.set(hashlimitKey(table.family, table.name), parseHashlimit(text, line, table.family, to));
        return;
      }
      case 'ipvsadm':
        this.virtualServers = [...(this.virtualServers ?? []), ...parseVirtualServers(text, line, to)];
        return;
      case 'ss': {
        // Nothing at all is what a node without the tool says, too.
        if (isBlank) return;
        const { sockets, connected } = parseSockets(text, line, to);
        this.sockets = [...(this.sockets ?? []), ...sockets];
        if (connected) this.unread(to, 'note', line, 'sockets that are connected are kept and not read: "remote" of environment.sockets says whom a packet is for');
        return;
      }
      case 'uname -r':
        if (!isBlank) this.kernel = text.trim().split(/\s/)[0] ?? null;
        return;
      case 'nft list ruleset':
        return this.readNft(section, text, to);
      case 'ip addr':
      case 'ip link':
      case 'ip route':
      case 'ip rule':
      case 'ip neigh':
        return this.readIp(section, text, to);
      default:
        if (isBlank) return;
        if (header !== '') return this.unread(to, 'note', line, `section "${header}" holds nothing that is known here; it is kept unread`);
        this.note(`${section.file === '' ? 'a file' : `file "${section.file}"`} holds nothing that is known here; it is kept unread`);
        report(
          to,
          'error',
          'unknown-content',
          start,
          'nothing here is the output of a known tool',
          'give a snapshot, or what iptables-save, ipset save, ip -j, sysctl -a or conntrack -L print',
        );
    }
  }

  private readNames(section: Section): void {
    const { kind, text, line } = section;
    if ((kind !== 'group names' && kind !== 'realm names') || text.trim() === '') return;
    const names = parseLocalNames(text, line, this.report(section));
    this.names = kind === 'group names' ? { ...this.names, groups: names } : { ...this.names, realms: names };
  }

  /** As for saves: told apart only where both are there. */
  private listedBackend(section: Section): Backend {
    const named = namedBackend(section);
    return this.sections.some((other) => (namedBackend(other) ?? named) !== named) ? named : null;
  }

  /** Rules in nft's own words are not read: those of iptables-nft can be had in others, and what others do is not known. */
  private readNft(section: Section, text: string, to: Report): void {
    const { header, line } = section;
    if (isNftJson(text)) {
      // Whole, and without a chain that packets come to.
      if (!text.includes('"hook"') && text.trimEnd().endsWith('}')) return;
      report(to, 'error', 'wrong-output', { line, column: 1, length: 1 }, 'this is what "nft -j" prints, which is not read', `run ${quoted('nft list ruleset')} instead`);
      return this.anywhere(['ipv4', 'ipv6'], 'chains that "nft -j" prints are not read');
    }
    const stray = strayLine(text, line);
    if (stray) refuseLine(to, stray.line, stray.number, `${quoted(stray.line.trim())} is no table as "nft list ruleset" prints it`, 'run "nft list ruleset" as root');
    if (isCutShort(text)) {
      const end = line + text.trimEnd().split('\n').length;
      report(to, 'error', 'cut-short', { line: end, column: 1, length: 1 }, 'the last table ends without "}"; the text may be cut short', 'take the snapshot again');
      this.anywhere(['ipv4', 'ipv6'], 'the tables of nft are cut short, and chains may be missing');
    }
    const managed = managedTables(text, line);
    const lacking = managed.filter(({ family }) => !this.savedBeside(section, family));
    const [first] = lacking;
    if (first) {
      const families = [...new Set(lacking.map(({ family }) => (family === 'ipv6' ? 'ip6tables-save' : 'iptables-save')))];
      report(
        to,
        header === '' ? 'error' : 'warning',
        'wrong-output',
        { line: first.line, column: 1, length: 1 },
        `these are rules of iptables in the words of nft, which are not read: table "${first.name}"`,
        `run ${families.map((command) => quoted(command)).join(' and ')} instead`,
      );
    }
    const printed = (family: Family, table: string) => this.saves(family).some((other) => holdsTable(other, table));
    for (const { name, line: at, chains } of foreignTables(text, line, printed)) {
      this.unreadChains.push(...chains);
      if (lacking.some((table) => table.name === name) || (chains.length === 0 && managed.some((table) => table.name === name))) continue;
      this.unread(
        to,
        'note',
        at,
        chains.length > 0 ? `nft table "${name}" is not read: what it does to packets is not known` : `nft table "${name}" is not read: verdicts do not take it into account`,
      );
    }
  }

  /** Sections that hold rules of the family as they are read. */
  private saves(family: Family): Section[] {
    return this.sections.filter((other) => (other.kind === LISTING ? listedFamily(other, this.options.family) : TABLES[other.kind]) === family);
  }

  private savedBeside(section: Section, family: Family): boolean {
    return this.saves(family).some((other) => other !== section);
  }

  /** Chains of which nothing is known, not even where they stand. */
  private anywhere(families: readonly Family[], reason: string): void {
    this.unreadChains.push({ families, hook: null, priority: Number.NEGATIVE_INFINITY, nat: false, devices: [], reason });
  }

  /** What the tools of iptables say in a line of comment: that there is more than they print. */
  private readWarnings(section: Section, text: string, family: Family, to: Report): void {
    const legacy = legacyWarning(text);
    if (legacy && !this.saves(legacy.family).some((other) => other !== section && (namedBackend(other) ?? writtenBy(other)) !== 'nft')) {
      const at = { line: section.line + legacy.line - 1, column: 1, length: 1 };
      report(to, 'warning', 'missing-tables', at, 'there are tables of the other back end, which are not in the snapshot', `add what "${legacy.command}-save" prints`);
      this.anywhere([legacy.family], `tables that "${legacy.command}-save" prints are not in the snapshot`);
    }
    const { whole, inPart } = incompatibleTables(text);
    const known = this.sections.some(({ kind, text: other }) => kind === 'nft list ruleset' && other.trim() !== '');
    for (const name of [...whole, ...inPart]) {
      const message = `nft table "${name}" holds rules that iptables-save cannot print: what they do to packets is not known`;
      this.note(message);
      if (!known) this.anywhere([family], `nft table "${name}" holds rules that iptables-save cannot print`);
    }
  }

  private readTables(section: Section, text: string, family: Family, backend: Backend, to: Report): void {
    const table = section.kind === LISTING ? listedTable(section.header, text) : undefined;
    const read = parseIptablesSave(text, {
      family,
      backend,
      writtenBy: backend ?? writtenBy(section),
      nativeMatches: hasNativeMatches(section, backend),
      names: this.names,
      ...(table ? { table } : {}),
      section: to.section,
      line: section.line,
    });
    for (const found of read.problems) to.problems.push(section.file === '' ? found : { ...found, file: section.file });
    // An error in a rule makes that rule unknown where it stands. These have no place in a chain, so every walk lacks them.
    const [first, ...more] = read.problems.filter(({ severity, rule }) => severity === 'error' && rule === null);
    if (first)
      this.note(
        `line ${first.line} of ${section.file === '' ? '' : `${section.file}, `}${to.section} is left out of every walk: ${first.message}${more.length > 0 ? `, and ${more.length} more` : ''}`,
      );
    const lines = read.problems.some(({ code }) => code === 'outside-table') ? text.split('\n') : [];
    const lost = read.problems.find((found) => mayHideRules(found, section.kind, read.tables.length, lines[found.line - section.line] ?? '', text));
    if (lost) this.anywhere([family], `line ${lost.line} of ${to.section} could not be read: rules may be missing`);
    for (const table of read.tables) {
      const key = `${backend ?? ''} ${family} ${table.name}`;
      const before = this.tables.get(key);
      if (before)
        report(
          to,
          'warning',
          'table-twice',
          { line: table.line, column: 1, length: table.name.length + 1 },
          `table "${table.name}" was read before, in line ${before.table.line}${before.section.file ? ` of ${before.section.file}` : ''}; this one replaces it`,
          'leave one of them out',
        );
      this.tables.set(key, { table, section });
    }
    this.readWarnings(section, text, family, to);
  }

  private readIp({ kind, header, line, file }: Section, text: string, to: Report) {
    const what = header || file || kind;
    if (text.trim() === '') return this.note(`section "${what}" is empty: defaults are used`);
    const family: Family = /\s-6\b|\s-f(amily)? inet6\b/.test(header) ? 'ipv6' : header === '' ? (this.options.family ?? 'ipv4') : 'ipv4';
    switch (kind) {
      case 'ip addr':
        // What `ip -j addr` says of an interface has the say; `ip link` adds its kind.
        this.interfaces.unshift(parseInterfaces(text, line, to, this.names.groups));
        return;
      case 'ip link':
        this.interfaces.push(parseInterfaces(text, line, to, this.names.groups));
        return;
      case 'ip route': {
        const routes = parseRoutes(text, line, family, to, this.names.realms);
        this.routes.push(routes);
        this.routeFamilies.add(family);
        for (const route of routes) this.routeFamilies.add(route.family);
        if (header !== '' && !/\btable\b/.test(header)) this.note(`section "${header}" shows table main only: give "ip -j route show table all"`);
        return;
      }
      case 'ip rule': {
        const rules = parsePolicyRules(text, line, family, to, this.names.realms);
        this.rules.push(rules);
        this.ruleFamilies.add(family);
        for (const rule of rules) this.ruleFamilies.add(rule.family);
        return;
      }
      case 'ip neigh':
        this.neighbours = [...(this.neighbours ?? []), ...parseNeighbours(text, line, to)];
    }
  }
}

/** Rules without comments and counters, to see whether two sections say the same. */
function bareRules(text: string): string {
  return text
    .replace(/^#.*$/gm, '')
    .replace(/\[\d+:\d+\]/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}
