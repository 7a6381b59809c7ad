/** The connections that `ipvsadm -Lcn` lists after the last packet, against those that the engine knows. */

import { formatAddress, protocolName, type IpvsConnection, type IpvsTemplate } from '../../engine/index.ts';
import type { Difference } from './compare.ts';

/** Timeouts run while the kernel's packets are sent and the engine's clock stands. */
const SLACK = 10;

export function compareIpvs(kernel: readonly string[], engine: readonly IpvsConnection[], templates: readonly IpvsTemplate[], now: number): Difference[] {
  const ours = new Map([
    ...engine.map((connection): [string, Listed] => [keyOf(connection), connection]),
    // Templates of persistence have no client port.
    ...templates.map((template): [string, Listed] => [keyOf({ ...template, clientPort: 0 }), { state: template.assured ? 'ASSURED' : 'NONE', expires: template.expires }]),
  ]);
  const differences: Difference[] = [];
  const add = (text: string): void => void differences.push({ packet: null, kind: 'conntrack', text: `IPVS: ${text}` });
  for (const line of kernel) {
    const [proto, time = '', state, ...ends] = line.split(/\s+/);
    const key = [proto, ...ends].join(' ');
    const found = ours.get(key);
    ours.delete(key);
    if (!found) {
      add(`kernel has ${key}, engine does not`);
      continue;
    }
    if (found.state !== state) add(`${key}: state kernel ${state}, engine ${found.state}`);
    const [minutes = 0, seconds = 0] = time.split(':').map(Number);
    const left = found.expires - now;
    if (Math.abs(minutes * 60 + seconds - left) > SLACK) add(`${key}: ${time} left in the kernel, ${left} s in the engine`);
  }
  for (const key of ours.keys()) add(`engine has ${key}, kernel does not`);
  return differences;
}

interface Listed {
  readonly state: string;
  readonly expires: number;
}
type Named = Pick<IpvsConnection, 'family' | 'proto' | 'client' | 'clientPort' | 'virtual' | 'virtualPort' | 'server' | 'serverPort'>;

/** `TCP 10.1.0.2:4000 10.1.0.1:30080 10.2.0.9:8080`. */
function keyOf(connection: Named): string {
  const { family, proto } = connection;
  const place = (side: 'client' | 'virtual' | 'server'): string => {
    const text = formatAddress(family, connection[side]);
    return `${family === 'ipv6' ? `[${text}]` : text}:${connection[`${side}Port`]}`;
  };
  return [proto === 0 ? 'IP' : protocolName(proto).toUpperCase(), place('client'), place('virtual'), place('server')].join(' ');
}
