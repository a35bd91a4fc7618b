//! Customers out of links: the connected components, who keeps which customer id, and what looks wrong about one.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::Link;
use crate::domain::calling_code::calling_code;
use crate::domain::id::{CustomerId, IdentityId};
use crate::domain::time::Timestamp;

/// More identities than this are rarely one person.
const MOST_IDENTITIES: usize = 6;

/// Phones of two countries within this time are rarely one person's.
const PHONES_WITHIN: Duration = Duration::from_secs(24 * 3600);

/// The customer each identity belongs to: of those joined, the oldest one's own.
///
/// `own` holds the customer each identity began as; a link to an identity that is not there joins nothing.
#[must_use]
pub fn assign<'a>(
    own: &BTreeMap<IdentityId, CustomerId>,
    links: impl IntoIterator<Item = &'a Link>,
) -> BTreeMap<IdentityId, CustomerId> {
    let mut customers = own.clone();
    for link in links.into_iter().filter(|link| link.joins()) {
        let [one, other] = &link.between;
        let (Some(one), Some(other)) = (customers.get(one), customers.get(other)) else { continue };
        let (older, newer) = (one.min(other).clone(), one.max(other).clone());
        if older != newer {
            customers.values_mut().filter(|customer| **customer == newer).for_each(|customer| {
                customer.clone_from(&older);
            });
        }
    }
    customers
}

/// An identity of a customer, as far as a review looks at it.
#[derive(Clone, Debug)]
pub struct Endpoint<'a> {
    /// The identity.
    pub id: &'a IdentityId,
    /// Its number, of a phone.
    pub phone: Option<&'a str>,
}

/// Why a person should look at a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Review {
    /// So many identities.
    ManyIdentities(usize),
    /// Phones of different countries joined within a day.
    PhonesOfCountries,
}

/// What looks wrong about a customer of these identities, if anything does.
#[must_use]
pub fn review<'a>(
    members: &[Endpoint<'_>],
    links: impl IntoIterator<Item = &'a Link>,
    now: Timestamp,
) -> Option<Review> {
    if members.len() > MOST_IDENTITIES {
        return Some(Review::ManyIdentities(members.len()));
    }
    let since = now - PHONES_WITHIN;
    let fresh: BTreeSet<&IdentityId> = links
        .into_iter()
        .filter(|link| link.joins() && link.proved_at() >= since)
        .flat_map(|link| &link.between)
        .collect();
    let phones = members.iter().filter(|member| fresh.contains(member.id)).filter_map(|member| member.phone);
    let countries: BTreeSet<&str> = phones.filter_map(calling_code).collect();
    (countries.len() > 1).then_some(Review::PhonesOfCountries)
}
