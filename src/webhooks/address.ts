import { type LookupAddress, lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Where webhooks may be posted to. */
export interface AddressPolicy {
  /** Loopback, private networks and plain http too: for receivers in the operator's own network. */
  readonly allowsPrivate: boolean;
}

/** An address that webhooks do not reach. */
export class ForbiddenAddress extends Error {
  override name = 'ForbiddenAddress';
  readonly code = 'FORBIDDEN_ADDRESS';
}

const listOf = (...ranges: string[]): BlockList => {
  const list = new BlockList();
  for (const range of ranges) {
    const [net, bits] = range.split('/') as [string, string];
    list.addSubnet(net, Number(bits), isIP(net) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
};

/** Reached where the operator allows it. */
const PRIVATE = listOf(
  ...['127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'],
  ...['::1/128', 'fc00::/7'],
);

/** Never reached: this host, link-local and what clouds tell machines about themselves, protocols, documentation, multicast. */
const NEVER = listOf(
  ...['0.0.0.0/8', '169.254.0.0/16', '100.100.100.200/32', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24'],
  ...['198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
  ...['fd00:ec2::254/128', 'fd20:ce::254/128', '2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'],
);

/** All that IPv6 has given out for the whole net. What maps or translates IPv4 addresses is outside of it. */
const GLOBAL_V6 = listOf('2000::/3');

export function mayReach(address: string, { allowsPrivate }: AddressPolicy): boolean {
  const version = isIP(address);
  if (version === 0 || address.includes('%')) return false;
  const family = version === 6 ? 'ipv6' : 'ipv4';
  if (NEVER.check(address, family)) return false;
  if (PRIVATE.check(address, family)) return allowsPrivate;
  return version === 4 || GLOBAL_V6.check(address, 'ipv6');
}

/** The address that a URL names itself, without brackets; null where it has a name, which is looked up. */
export function literalOf({ hostname }: URL): string | null {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(bare) === 0 ? null : bare;
}

/**
 * Looks a name up and answers with its addresses if every one of them may be reached. The connection is made to what this answers, so
 * that a name which means something else a moment later leads nowhere else.
 */
export const guardedLookup =
  (policy: AddressPolicy): LookupFunction =>
  (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      if (addresses.length === 0 || !addresses.every(({ address }) => mayReach(address, policy)))
        return callback(new ForbiddenAddress('an address that webhooks do not reach'), []);
      if (options.all) return callback(null, addresses);
      const [{ address, family }] = addresses as [LookupAddress];
      callback(null, address, family);
    });
  };
