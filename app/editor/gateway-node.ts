/** A Subnet's `gatewayNode`: nodes, each with an address where it has one of its own. */

export interface FormGateway {
  readonly node: string;
  readonly address: string;
}

/** `node1,node2:192.168.0.102`: a node and, after the first colon, an address. */
export function readGateways(gatewayNode: string): FormGateway[] {
  if (gatewayNode.trim() === '') return [];
  return gatewayNode.split(',').map((word) => {
    const at = word.indexOf(':');
    return at < 0 ? { node: word.trim(), address: '' } : { node: word.slice(0, at).trim(), address: word.slice(at + 1).trim() };
  });
}

export function gatewayNodeText(gateways: readonly FormGateway[]): string {
  return gateways.map(({ node, address }) => (address === '' ? node : `${node}:${address}`)).join(',');
}
