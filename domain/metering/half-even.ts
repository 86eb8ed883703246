/**
 * `numerator / denominator` rounded half to even to a whole number, exactly.
 * Throws RangeError unless the denominator is positive.
 */
export function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  if (denominator <= 0n) throw new RangeError('the denominator must be positive');
  const truncated = numerator / denominator;
  const rest = numerator % denominator;
  const twice = 2n * (rest < 0n ? -rest : rest);
  const awayFromZero = twice > denominator || (twice === denominator && truncated % 2n !== 0n);
  if (!awayFromZero) return truncated;
  return numerator < 0n ? truncated - 1n : truncated + 1n;
}
