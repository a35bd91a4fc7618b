//! Finds the name somebody meant to write.

/// The known name closest to `written`, if it is close enough to be a slip.
pub(super) fn closest<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    let measured = known.iter().map(|name| (distance(written, name), *name));
    let (slips, name) = measured.min()?;
    (slips <= 3).then_some(name)
}

/// Levenshtein distance, row by row.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::{closest, distance};

    const KNOWN: [&str; 3] = ["SEGUE_BIND", "SEGUE_OPS_BIND", "SEGUE_PUBLIC_URL"];

    #[test]
    fn distance_counts_slips() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("same", "same"), 0);
    }

    #[test]
    fn a_slip_is_recognised_and_a_stranger_is_not() {
        assert_eq!(closest("SEGUE_BNID", &KNOWN), Some("SEGUE_BIND"));
        assert_eq!(closest("SEGUE_PUBLIC_URI", &KNOWN), Some("SEGUE_PUBLIC_URL"));
        assert_eq!(closest("SEGUE_TEAPOT_COLOUR", &KNOWN), None);
    }
}
