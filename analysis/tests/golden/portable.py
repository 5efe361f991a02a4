"""Random inputs that Python and Rust (`tests/portable.rs`) make alike, bit for bit: golden files then hold answers only."""

MASK = (1 << 64) - 1


class Portable:
    """SplitMix64 (Steele, Lea & Flood 2014)."""

    def __init__(self, seed):
        self.state = seed & MASK

    def bits(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def unit(self):
        """In [0, 1), 53 bits."""
        return (self.bits() >> 11) * 2.0**-53

    def below(self, n):
        """A whole number in [0, n)."""
        return (self.bits() * n) >> 64

    def normal(self):
        """Nearly standard normal: twelve uniforms, summed in order, less 6."""
        total = 0.0
        for _ in range(12):
            total += self.unit()
        return total - 6.0

    def normals(self, n, mean=0.0, sd=1.0):
        return [mean + sd * self.normal() for _ in range(n)]

    def grid(self, n, steps):
        """n numbers among k / steps, k in [0, steps): with ties."""
        return [self.below(steps) / steps for _ in range(n)]


if __name__ == "__main__":
    draw = Portable(1)
    print(draw.bits(), draw.unit(), draw.below(10), draw.normal(), draw.grid(3, 8))
