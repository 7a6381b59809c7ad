/**
 * The shapes of what comes in: fields of Kubernetes objects that decide something here. The same fields may stand in `spec`, `status`
 * and `metadata` of an object, or straight under a name in the short form written by hand. Other fields of the API are known by name,
 * so that a misspelt one can be told from one that has no effect here.
 */

import { anything, choice, either, list, object, optional, record, text, truth, whole, type Fields } from '../../model/shape.ts';

const port = (about = ''): ReturnType<typeof whole> => whole(1, 65535, about);
const name = text('', /^[A-Za-z0-9]([-A-Za-z0-9_.:]{0,234}[A-Za-z0-9])?$/, 'a name of letters, digits, "-" and "."');
/** It stands in comments of rules: nothing in it may end one, or the line. */
const portName = text('', /^([A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?)?$/, 'a port name of letters, digits and "-"');
const words = list(text());
const interfaceName = text('', /^[^/\s]{1,15}$/, 'an interface name of 1 to 15 characters');
const mac = text('', /^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$/, 'a MAC address like 02:00:00:00:00:01');

export const META: Fields = {
  name,
  namespace: optional(name),
  uid: optional(text('', /^[0-9A-Za-z-]{1,40}$/, 'a UID')),
  deletionTimestamp: optional(text()),
  labels: optional(record(text())),
  annotations: optional(record(text())),
};

const policyRule = object('NatOutgoingPolicyRule', {
  action: text(),
  match: optional(object('NatOutgoingPolicyMatch', { srcIPs: optional(text()), dstIPs: optional(text()) })),
});

export const SUBNET: Fields = {
  cidrBlock: text(),
  protocol: optional(choice(['IPv4', 'IPv6', 'Dual'])),
  vpc: optional(text()),
  provider: optional(text()),
  natOutgoing: optional(truth()),
  natOutgoingPolicyRules: optional(list(policyRule)),
  gatewayType: optional(choice(['', 'distributed', 'centralized'])),
  gatewayNode: optional(text()),
  enableEcmp: optional(truth()),
  enableLb: optional(truth()),
  vlan: optional(text()),
  logicalGateway: optional(truth()),
  u2oInterconnection: optional(truth()),
  externalEgressGateway: optional(text()),
  policyRoutingPriority: optional(whole(0, 0xffffffff)),
  policyRoutingTableID: optional(whole(0, 0xffffffff)),
};
export const SUBNET_STATUS: Fields = { activateGateway: optional(text()) };

export const NODE_STATUS: Fields = {
  addresses: optional(list(either([text(), object('NodeAddress', { type: text(), address: text() })]))),
  nodeInfo: optional(object('NodeInfo', { kernelVersion: optional(text()) })),
};
/** What the API does not say of a node, written by hand. */
export const NODE_EXTRA: Fields = {
  join: optional(words),
  joinGateway: optional(words),
  kernel: optional(text('', /^\S{1,64}$/, 'what uname -r prints')),
  interfaces: optional(
    list(
      object('NodeInterface', {
        name: interfaceName,
        addresses: words,
        gateway: optional(either([text(), words])),
        mtu: optional(whole(68, 65535)),
        mac: optional(mac),
      }),
    ),
  ),
};

const servicePort = object('ServicePort', {
  name: optional(portName),
  protocol: optional(choice(['TCP', 'UDP', 'SCTP', 'tcp', 'udp', 'sctp'])),
  port: port(),
  nodePort: optional(whole(0, 65535)),
  targetPort: optional(either([port(), text()])),
});

export const SERVICE: Fields = {
  type: optional(choice(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'])),
  clusterIP: optional(text()),
  clusterIPs: optional(words),
  externalIPs: optional(words),
  externalTrafficPolicy: optional(choice(['', 'Cluster', 'Local'])),
  internalTrafficPolicy: optional(choice(['', 'Cluster', 'Local'])),
  sessionAffinity: optional(choice(['', 'None', 'ClientIP'])),
  sessionAffinityConfig: optional(object('SessionAffinityConfig', { clientIP: optional(object('ClientIP', { timeoutSeconds: optional(whole(1, 86400)) })) })),
  healthCheckNodePort: optional(whole(0, 65535)),
  loadBalancerSourceRanges: optional(words),
  ports: optional(list(servicePort)),
};
export const SERVICE_STATUS: Fields = {
  loadBalancer: optional(object('LoadBalancer', { ingress: optional(list(object('Ingress', { ip: optional(text()) }))) })),
};
export const SERVICE_EXTRA: Fields = {
  loadBalancerIPs: optional(words),
  endpoints: optional(list(either([text(), object('ServiceEndpoint', { address: text(), port: optional(port()), node: optional(text()) })]))),
};

/** An EndpointSlice has its fields at the top. */
export const ENDPOINT_SLICE: Fields = {
  addressType: optional(choice(['IPv4', 'IPv6', 'FQDN'])),
  endpoints: optional(
    list(
      object('SliceEndpoint', {
        addresses: words,
        nodeName: optional(text()),
        conditions: optional(object('EndpointConditions', { ready: optional(truth()) })),
      }),
    ),
  ),
  ports: optional(list(object('EndpointPort', { name: optional(portName), port: optional(port()), protocol: optional(text()) }))),
};

const hostPortFields: Fields = { hostPort: optional(whole(0, 65535)), protocol: optional(choice(['TCP', 'UDP', 'SCTP', 'tcp', 'udp', 'sctp'])), hostIP: optional(text()) };
const probeTarget = optional(object('ProbeTarget', { port: optional(either([whole(0, 65535), text()])) }));
const probe = optional(object('Probe', { httpGet: probeTarget, tcpSocket: probeTarget, grpc: probeTarget }));
export const POD: Fields = {
  nodeName: optional(text()),
  hostNetwork: optional(truth()),
  containers: optional(
    list(
      object('Container', {
        livenessProbe: probe,
        readinessProbe: probe,
        ports: optional(list(object('ContainerPort', { name: optional(text()), containerPort: port(), ...hostPortFields }))),
      }),
    ),
  ),
};
export const POD_STATUS: Fields = { podIP: optional(text()), podIPs: optional(list(object('PodIP', { ip: optional(text()) }))) };
export const POD_EXTRA: Fields = {
  node: optional(text()),
  ips: optional(words),
  subnet: optional(text()),
  probes: optional(list(port())),
  hostPorts: optional(list(object('HostPort', { ...hostPortFields, hostPort: port(), containerPort: port() }))),
  sandbox: optional(text('', /^[0-9A-Za-z._-]{1,128}$/, 'the id of the pod’s sandbox, as crictl pods prints it')),
};

export const VPC_STATUS: Fields = { default: optional(truth()) };
export const SERVICE_CIDR: Fields = { cidrs: optional(words) };

/** The short form: lists of objects, each with its fields straight under its name, and switches. */
export const SHORT: Fields = {
  subnets: optional(list(anything())),
  nodes: optional(list(anything())),
  services: optional(list(anything())),
  pods: optional(list(anything())),
  options: optional(anything()),
};

const fieldNames = (names: string): ReadonlySet<string> => new Set(names.split(/\s+/));

/** Fields of the API that have no effect on the node: `pkg/apis/kubeovn/v1/subnet.go`, and Kubernetes' API reference 1.34. */
export const WITHOUT_EFFECT: Readonly<Record<string, ReadonlySet<string>>> = {
  object: fieldNames('apiVersion kind metadata spec status'),
  metadata: fieldNames('resourceVersion generation creationTimestamp managedFields ownerReferences finalizers generateName selfLink deletionGracePeriodSeconds clusterName'),
  Subnet: fieldNames(
    'default namespaces gateway excludeIps gatewayNodeSelectors mtu private allowSubnets vips disableGatewayCheck disableInterConnection enableDHCP dhcpV4Options dhcpV6Options ' +
      'enableIPv6RA ipv6RAConfigs acls allowEWTraffic u2oInterconnectionIP u2oFeatures enableMulticastSnoop enableExternalLBAddress routeTable namespaceSelectors nodeNetwork ' +
      'htbqos u2oRouting dhcpV4OptionsUUID',
  ),
  Node: fieldNames('podCIDR podCIDRs providerID unschedulable taints configSource externalID'),
  Service: fieldNames(
    'selector ipFamilies ipFamilyPolicy publishNotReadyAddresses loadBalancerIP loadBalancerClass allocateLoadBalancerNodePorts externalName trafficDistribution',
  ),
  EndpointSlice: fieldNames(''),
  Pod: fieldNames(
    'volumes initContainers ephemeralContainers restartPolicy terminationGracePeriodSeconds activeDeadlineSeconds dnsPolicy nodeSelector serviceAccountName serviceAccount ' +
      'automountServiceAccountToken hostPID hostIPC hostUsers hostnameOverride shareProcessNamespace securityContext imagePullSecrets hostname subdomain affinity schedulerName tolerations ' +
      'hostAliases priorityClassName priority dnsConfig readinessGates runtimeClassName enableServiceLinks preemptionPolicy overhead topologySpreadConstraints setHostnameAsFQDN os ' +
      'schedulingGates resourceClaims resources workloadRef',
  ),
  Vpc: fieldNames('defaultSubnet namespaces staticRoutes policyRoutes vpcPeerings enableExternal extraExternalSubnets enableBfd bfdPort'),
  ServiceCIDR: fieldNames(''),
};
