//! The standard normal distribution.
//!
//! Comes in: a point or a probability. Goes out: the other. statrs' erfc errs by 1e-11, which the noncentral t would
//! inherit: here are Cody's approximations instead.

use std::f64::consts::{PI, SQRT_2};

/// P(Z <= z), to 1e-15 relative in the lower tail, by Cody's rational Chebyshev approximations (1969, Math. Comp. 23;
/// 1993, ACM TOMS 19, algorithm 715, as in R's `pnorm`).
pub fn normal_cdf(z: f64) -> f64 {
    const A: [f64; 3] = [2.235_252_035_460_684, 161.028_231_068_555_88, 1_067.689_485_460_371];
    const A_LAST: [f64; 2] = [18_154.981_253_343_56, 0.065_682_337_918_207_45];
    const B: [f64; 3] = [47.202_581_904_688_24, 976.098_551_737_776_7, 10_260.932_208_618_978];
    const B_LAST: f64 = 45_507.789_335_026_73;
    let y = z.abs();
    if y > 0.674_489_75 {
        let tail = lower_tail(y);
        return if z < 0.0 { tail } else { 1.0 - tail };
    }
    if z.is_nan() {
        return z;
    }
    let square = z * z;
    let (top, bottom) = A.iter().zip(B).fold((A_LAST[1] * square, square), |(top, bottom), (a, b)| {
        ((top + a) * square, (bottom + b) * square)
    });
    0.5 + z * (top + A_LAST[0]) / (bottom + B_LAST)
}

/// P(Z > y) for y > 0.67.
fn lower_tail(y: f64) -> f64 {
    const C: [f64; 7] = [
        0.398_941_512_088_134_66,
        8.883_149_794_388_375,
        93.506_656_132_177_85,
        597.270_276_394_800_2,
        2_494.537_585_290_372_6,
        6_848.190_450_536_283,
        11_602.651_437_647_35,
    ];
    const C_LAST: [f64; 2] = [9_842.714_838_383_978, 1.076_557_677_372_019_2e-8];
    const D: [f64; 7] = [
        22.266_688_044_328_117,
        235.387_901_782_625,
        1_519.377_599_407_554_7,
        6_485.558_298_266_761,
        18_615.571_640_885_1,
        34_900.952_721_145_98,
        38_912.003_286_093_27,
    ];
    const D_LAST: f64 = 19_685.429_676_859_992;
    const P: [f64; 4] = [
        0.215_898_534_057_957,
        0.127_401_161_160_247_36,
        0.022_235_277_870_649_807,
        0.001_421_619_193_227_893_5,
    ];
    const P_LAST: [f64; 2] = [2.911_287_495_116_879_3e-5, 0.023_073_441_764_940_174];
    const Q: [f64; 4] = [
        1.284_260_096_144_911,
        0.468_238_212_480_865_1,
        0.065_988_137_868_928_55,
        0.003_782_396_332_027_582_4,
    ];
    const Q_LAST: f64 = 7.297_515_550_839_662e-5;
    let ratio = if y <= 32.0_f64.sqrt() {
        let (top, bottom) = C
            .iter()
            .zip(D)
            .fold((C_LAST[1] * y, y), |(top, bottom), (c, d)| ((top + c) * y, (bottom + d) * y));
        (top + C_LAST[0]) / (bottom + D_LAST)
    } else {
        let inverse = 1.0 / (y * y);
        let (top, bottom) = P.iter().zip(Q).fold((P_LAST[1] * inverse, inverse), |(top, bottom), (p, q)| {
            ((top + p) * inverse, (bottom + q) * inverse)
        });
        (1.0 / (2.0 * PI).sqrt() - inverse * (top + P_LAST[0]) / (bottom + Q_LAST)) / y
    };
    // exp(-y²/2) in two factors, the first of an exact square, keeps the digits that y² would round off.
    let coarse = (y * 16.0).trunc() / 16.0;
    let rest = (y - coarse) * (y + coarse);
    if y > 40.0 { 0.0 } else { (-0.5 * coarse * coarse).exp() * (-0.5 * rest).exp() * ratio }
}

/// exp(-z²/2)/√(2π), the density of the normal distribution.
pub(crate) fn normal_density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / (2.0 * PI).sqrt()
}

/// The z with P(Z <= z) = p; `None` unless 0 < p < 1. statrs' quantile, then two of Halley's steps.
pub fn normal_quantile(p: f64) -> Option<f64> {
    if !(0.0 < p && p < 1.0) {
        return None;
    }
    let tail = p.min(1.0 - p);
    let mut z = -SQRT_2 * statrs::function::erf::erfc_inv(2.0 * tail);
    for _ in 0..2 {
        let density = normal_density(z);
        if density <= 0.0 {
            break;
        }
        let step = (normal_cdf(z) - tail) / density;
        z -= step / (1.0 + 0.5 * z * step);
    }
    Some(if p <= 0.5 { z } else { -z })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_invert_the_distribution() {
        for p in [1e-300, 1e-20, 1e-3, 0.025, 0.25, 0.5, 0.6, 0.975, 0.999_999] {
            let back = normal_cdf(normal_quantile(p).unwrap());
            assert!((back / p - 1.0).abs() < 1e-12, "{p}: {back}");
        }
        assert_eq!(normal_quantile(0.0), None);
        assert_eq!(normal_quantile(1.0), None);
        assert_eq!(normal_quantile(f64::NAN), None);
    }

    #[test]
    fn the_ends() {
        assert_eq!(normal_cdf(f64::NEG_INFINITY), 0.0);
        assert_eq!(normal_cdf(f64::INFINITY), 1.0);
        assert_eq!(normal_cdf(0.0), 0.5);
        assert!(normal_cdf(f64::NAN).is_nan());
    }
}
