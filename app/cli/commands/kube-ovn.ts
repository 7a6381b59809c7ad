/** `packetwalk kube-ovn CLUSTER`: the snapshot of a node as Kube-OVN and kube-proxy would have set it up for a cluster. */

import { readClusterFile } from '../cluster-file.ts';
import { generatedNode, SWITCHES } from '../cluster-node.ts';
import { Refusal, type Command } from '../command.ts';

export const kubeOvn: Command = {
  name: 'kube-ovn',
  usage: 'CLUSTER',
  summary: 'print a node’s snapshot from a description of a Kube-OVN cluster',
  details: [
    'CLUSTER is YAML or JSON, or - for standard input: what kubectl get subnet,vpc,node,svc,endpointslices,pods -A -o yaml prints, or written by hand:',
    '',
    '  nodes:    [{ name: node1, addresses: [192.168.0.101] }]',
    '  subnets:  [{ name: ovn-default, cidrBlock: 10.16.0.0/16, natOutgoing: true }]',
    '  services: [{ name: web, clusterIP: 10.96.0.50, ports: [{ port: 80, targetPort: 8080 }], endpoints: [10.16.0.20] }]',
    '  pods:     [{ name: p1, node: node1, ips: [10.16.0.20], subnet: ovn-default, hostPorts: [{ hostPort: 8080, containerPort: 80 }] }]',
    '  options:  { node: node1, kubeProxy: ipvs }',
    '',
    'Fields mean what they mean in the API; those that have no effect are passed over, unknown ones are named. What was taken for granted stands',
    'in the first lines of the snapshot. Exit status 2 if the description cannot be used.',
  ],
  options: Object.fromEntries(Object.entries(SWITCHES).map(([name, { placeholder, help }]) => [name, { type: 'string', placeholder, help }])),
  examples: [
    ['kubectl get subnet,vpc,node,svc,endpointslices,pods -A -o yaml | packetwalk kube-ovn - --node node1 > node.snapshot', 'from a cluster that runs'],
    ['packetwalk kube-ovn cluster.yaml --release v1.12 --kube-proxy ipvs', 'another release, another mode'],
    ["packetwalk kube-ovn cluster.yaml | packetwalk trace - 'ovn0 tcp 10.16.0.10:4000 > 8.8.8.8:443'", 'a packet through it'],
  ],
  async run(line, terminal) {
    const [given, ...more] = line.arguments;
    if (given === undefined) throw new Refusal('no CLUSTER is given', { hint: 'name a YAML file, or - for standard input' });
    if (more.length > 0) throw new Refusal(`"${more[0]}" is one argument too many`, { hint: 'put everything into one file, documents parted by ---' });
    const node = generatedNode(await readClusterFile(terminal, given), line, terminal);
    terminal.write(node.text);
    return 0;
  },
};
