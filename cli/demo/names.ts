const FIRST = [
  'Amber',
  'Birch',
  'Cedar',
  'Coral',
  'Dune',
  'Ember',
  'Fern',
  'Granite',
  'Harbor',
  'Indigo',
  'Juniper',
  'Kestrel',
  'Lantern',
  'Maple',
  'Meadow',
  'North',
  'Ocean',
  'Pebble',
  'Quartz',
  'River',
  'Saffron',
  'Tidal',
  'Velvet',
  'Willow',
] as const;

const SECOND = [
  'Apparel',
  'Bakery',
  'Bikes',
  'Books',
  'Candles',
  'Ceramics',
  'Coffee',
  'Cosmetics',
  'Footwear',
  'Furniture',
  'Garden',
  'Goods',
  'Jewelry',
  'Kitchen',
  'Outdoors',
  'Pets',
  'Soap',
  'Sports',
  'Tea',
  'Toys',
] as const;

/** A made-up shop's name; distinct for every index, with a number from the 481st on. */
export function shopName(index: number): string {
  const first = FIRST[index % FIRST.length] ?? FIRST[0];
  // 7 has no factor in common with 20: each round through FIRST meets other SECONDs.
  const round = Math.floor(index / FIRST.length);
  const second = SECOND[((index % FIRST.length) * 7 + round) % SECOND.length] ?? SECOND[0];
  const again = Math.floor(index / (FIRST.length * SECOND.length));
  return again === 0 ? `${first} ${second}` : `${first} ${second} ${again + 1}`;
}
