/** SHA-256 against FIPS 180-4's examples, and the names that are made with it against names found on real clusters. */

import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { chainHash, kubeSetName, ovnSetName, policyChainName, savedWord } from '../../../engine/kube-ovn/names.ts';
import { policyRuleId } from '../../../engine/kube-ovn/policy-rule-id.ts';
import { sha256 } from '../../../engine/kube-ovn/sha256.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('SHA-256', () => {
  // FIPS 180-4, examples of the Cryptographic Standards and Guidelines (NIST): one block, two blocks, a million letters.
  test.each([
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    ['abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq', '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1'],
    ['a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
  ])('%.20s', (message, digest) => {
    expect(hex(sha256(Buffer.from(message)))).toBe(digest);
  });

  test('every length around a block agrees with Node’s', () => {
    for (let length = 0; length < 130; length++) {
      const message = Buffer.alloc(length, length);
      expect(hex(sha256(message))).toBe(createHash('sha256').update(message).digest('hex'));
    }
  });
});

describe('names', () => {
  test.each([
    [0, 'forward', '10.0.11.0/30,10.0.11.254', '', '1615a54fc889'],
    [1, 'nat', '10.0.11.128/26', '114.114.114.114,8.8.8.8', '85a7e8967f7e'],
    [0, 'forward', '', '8.8.8.8', '8615443ce00c'],
  ])('policy rule %i %s %s %s', (index, action, srcIPs, dstIPs, id) => {
    expect(policyRuleId('net1', index, { action, srcIPs, dstIPs })).toBe(id);
  });

  test('a policy rule’s id is that of its text: another spacing is another rule', () => {
    expect(policyRuleId('net1', 0, { action: 'forward', srcIPs: '10.0.11.0/30, 10.0.11.254', dstIPs: '' })).not.toBe('1615a54fc889');
  });

  test('chains of kube-proxy', () => {
    // KUBE-SVC-NPX46M4PTMTKRN6Y is the API server's on every cluster.
    expect(chainHash('default/kubernetes:httpstcp')).toBe('NPX46M4PTMTKRN6Y');
  });

  test('sets and chains', () => {
    expect(ovnSetName('ipv6', 'natpr-418e79269dc5-src')).toBe('ovn60natpr-418e79269dc5-src');
    expect(kubeSetName('ipv6', 'LOAD-BALANCER-SOURCE-CIDR')).toBe('KUBE-6-LOAD-BALANCER-SOURCE-CID');
    expect(policyChainName('7e2451f8-fb44-4e5c-9a0e-cfd27f6fd5d6')).toBe('OVN-NAT-PSUBNET-cfd27f6fd5d6');
  });

  test.each([
    ['natPolicySubnet-net1', 'natPolicySubnet-net1'],
    ['ovn-subnet-gateway,join', '"ovn-subnet-gateway,join"'],
    ['natPolicySubnet-a.b', '"natPolicySubnet-a.b"'],
  ])('%s is saved as %s', (word, saved) => {
    expect(savedWord(word)).toBe(saved);
  });
});
