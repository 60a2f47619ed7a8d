//! The one place that knows which providers there are.

use contract::provider::Provider;

/// What each adapter offers: a channel by a provider.
const ADAPTERS: &[&[Provider]] = &[
    adapter_twilio::PROVIDERS,
    adapter_meta::PROVIDERS,
    adapter_telegram::PROVIDERS,
];

/// Every channel by a provider, in the order in which people are told of them.
pub fn all() -> impl Iterator<Item = &'static Provider> {
    ADAPTERS.iter().copied().flatten()
}
