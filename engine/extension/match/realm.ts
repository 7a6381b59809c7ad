/**
 * realm: the realms of the packet's route under a mask, those of the source in the upper half. A packet whose route has none has
 * realm 0.
 *
 * Source: iptables-extensions(8) "realm"; Linux 6.18 net/netfilter/xt_realm.c, realm_mt(), refused in PREROUTING.
 */

import { FIELD } from '../../model/field.ts';
import { matchText } from '../clause.ts';
import { defineMatch } from '../extension.ts';
import { namedMark } from '../named-number.ts';
import { option } from '../option.ts';

const options = {
  realm: option({ name: '--realm', value: namedMark('realms', 'cat /etc/iproute2/rt_realms'), invertible: true, required: true, help: 'realm of the route under the mask' }),
};

export const realm = defineMatch({
  name: 'realm',
  families: ['ipv4'],
  hooks: ['POSTROUTING', 'FORWARD', 'OUTPUT', 'INPUT'],
  options,
  source: 'iptables-extensions(8) realm; Linux 6.18 net/netfilter/xt_realm.c',
  notModelled: 'realms of a table that several policy rules lead to with different ones, and of routes that a socket has kept',
  compile: (uses, context) =>
    uses.realm
      ? [
          {
            text: matchText('realm', options, uses, 'realm', context),
            negated: uses.realm.negated,
            any: [{ op: 'masked', field: FIELD.realm, mask: uses.realm.value.mask, value: uses.realm.value.value }],
          },
        ]
      : [],
});
