//! Floor and product in turn, so that whatever the machine does meanwhile it does to both.

use crate::Failed;

/// A round counts only if nobody else used more of a core than this while either was measured.
const OTHERS: f64 = 0.45;
/// Noisy rounds that are made up for; then they count after all, and the table says so.
const SPARE: usize = 3;

/// Which of the two is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Floor,
    Product,
}

/// What is measured, with how much of a core others used meanwhile.
pub trait Noise {
    fn others(&self) -> f64;
}

/// All rounds of one figure.
#[derive(Debug)]
pub struct Rounds<T> {
    pub floor: Vec<T>,
    pub product: Vec<T>,
    /// Noisy rounds that were left out.
    pub discarded: usize,
    /// Noisy rounds that count, for want of better.
    pub noisy: usize,
}

/// Measures both sides until enough rounds count. Every other round begins with the other side.
pub async fn measure<T: Noise>(
    rounds: usize,
    mut side: impl AsyncFnMut(Side) -> Result<T, Failed>,
) -> Result<Rounds<T>, Failed> {
    let mut all = Rounds {
        floor: Vec::new(),
        product: Vec::new(),
        discarded: 0,
        noisy: 0,
    };
    while all.floor.len() < rounds {
        let product_first = (all.floor.len() + all.discarded) % 2 == 1;
        let (floor, product) = if product_first {
            let product = side(Side::Product).await?;
            (side(Side::Floor).await?, product)
        } else {
            (side(Side::Floor).await?, side(Side::Product).await?)
        };
        let noisy = floor.others().max(product.others()) > OTHERS;
        if noisy && all.discarded < SPARE {
            all.discarded += 1;
            continue;
        }
        all.noisy += usize::from(noisy);
        all.floor.push(floor);
        all.product.push(product);
    }
    Ok(all)
}

impl<T> Rounds<T> {
    /// The medians of a value, floor and product.
    pub fn medians(&self, value: impl Fn(&T) -> f64) -> (f64, f64) {
        let of = |side: &[T]| median(side.iter().map(&value).collect());
        (of(&self.floor), of(&self.product))
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        many if many % 2 == 1 => values[middle],
        _ => values[middle - 1].midpoint(values[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Measured(f64);

    impl Noise for Measured {
        fn others(&self) -> f64 {
            self.0
        }
    }

    #[test]
    fn the_median_is_in_the_middle() {
        assert!((median(vec![9.0, 1.0, 4.0]) - 4.0).abs() < f64::EPSILON);
        assert!((median(vec![9.0, 1.0, 4.0, 5.0]) - 4.5).abs() < f64::EPSILON);
    }

    #[tokio::test]
    async fn a_noisy_round_is_made_up_for_but_not_for_ever() {
        let mut noise = [0.9, 0.0, 0.1, 0.1]
            .into_iter()
            .chain(std::iter::repeat(0.5));
        let rounds = measure(4, async |_| Ok(Measured(noise.next().expect("endless"))))
            .await
            .expect("nothing fails");
        assert_eq!(rounds.discarded, SPARE);
        assert_eq!((rounds.floor.len(), rounds.noisy), (4, 3));
    }

    #[tokio::test]
    async fn every_other_round_begins_with_the_product() {
        let mut order = Vec::new();
        let measured = measure(2, async |side| {
            order.push(side);
            Ok(Measured(0.0))
        });
        measured.await.expect("nothing fails");
        assert_eq!(
            order,
            [Side::Floor, Side::Product, Side::Product, Side::Floor]
        );
    }
}
