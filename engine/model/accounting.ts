/** Objects that count packets by name for `-m nfacct`, as `nfacct list` prints them (struct nf_acct of net/netfilter/nfnetlink_acct.c). */

export interface AccountingObject {
  readonly packets: bigint;
  readonly bytes: bigint;
  /** Null: it has none. */
  readonly quota: { readonly of: 'packets' | 'bytes'; readonly amount: bigint } | null;
}

/** Under which its rules find it: those of both families share it. */
export const accountingKey = (name: string): string => `nfacct:${name}`;
