//! Envelope encryption, per-identity keys and blind indexes. Pure but for the key material handed in.
//!
//! A master key wraps a few vault keys; the vault's data key seals secrets and wraps the keys of identities and
//! days. Changing the master key so rewraps a handful of rows, and destroying an identity's key erases what it sealed.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use crate::domain::id::{IdentityId, WorkspaceId};
use crate::domain::identity::Namespace;
use crate::domain::secret::Secret;

/// Random bytes for one sealing. XChaCha's are long enough to be drawn at random for ever.
pub type Nonce = [u8; 24];

const FORMAT: u8 = 1;
const HEAD: usize = 1 + 24;

/// Something sealed cannot be opened: another key, another context, or changed bytes.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("sealed bytes do not open under this key and context")]
pub struct Unopened;

/// A 256-bit key. It does not print.
#[derive(Clone)]
pub struct Key([u8; 32]);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(..)")
    }
}

impl Key {
    /// From 32 random bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Seals `plain`, bound to `context`: version, nonce, ciphertext and tag in one value.
    #[must_use]
    pub fn seal(&self, nonce: Nonce, context: &str, plain: &[u8]) -> Vec<u8> {
        let cipher = XChaCha20Poly1305::new(&self.0.into());
        let payload = Payload { msg: plain, aad: context.as_bytes() };
        #[expect(clippy::expect_used, reason = "fails only beyond 256 GiB, which no caller can hold")]
        let sealed = cipher.encrypt(&XNonce::from(nonce), payload).expect("the text fits the cipher");
        [&[FORMAT], &nonce[..], &sealed[..]].concat()
    }

    /// Opens what [`Key::seal`] made with the same context.
    ///
    /// # Errors
    /// [`Unopened`] when anything differs.
    pub fn open(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, Unopened> {
        if sealed.len() < HEAD || sealed[0] != FORMAT {
            return Err(Unopened);
        }
        let nonce: Nonce = sealed[1..HEAD].try_into().map_err(|_| Unopened)?;
        let payload = Payload { msg: &sealed[HEAD..], aad: context.as_bytes() };
        XChaCha20Poly1305::new(&self.0.into()).decrypt(&XNonce::from(nonce), payload).map_err(|_| Unopened)
    }

    /// Seals another key.
    #[must_use]
    pub fn wrap(&self, nonce: Nonce, context: &str, key: &Self) -> Vec<u8> {
        self.seal(nonce, context, &key.0)
    }

    /// Opens a wrapped key.
    ///
    /// # Errors
    /// [`Unopened`] when it was wrapped otherwise.
    pub fn unwrap(&self, context: &str, wrapped: &[u8]) -> Result<Self, Unopened> {
        let bytes = self.open(context, wrapped)?;
        Ok(Self(bytes.try_into().map_err(|_| Unopened)?))
    }

    /// Key material for one use of this key alone: HKDF-SHA256 without a salt.
    #[must_use]
    pub fn derive(&self, info: &str) -> [u8; 32] {
        let mut derived = [0; 32];
        #[expect(clippy::expect_used, reason = "HKDF-SHA256 gives up to 8160 bytes")]
        Hkdf::<Sha256>::new(None, &self.0).expand(info.as_bytes(), &mut derived).expect("32 bytes");
        derived
    }

    fn mac(&self, parts: &[&str]) -> [u8; 32] {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("a key of 32 bytes");
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac.finalize().into_bytes().into()
    }
}

/// Master keys, newest first: the first wraps, all unwrap.
#[derive(Clone, Debug)]
pub struct MasterKeys(Vec<Key>);

impl MasterKeys {
    /// At least one key, newest first.
    #[must_use]
    pub fn new(newest: Key, older: Vec<Key>) -> Self {
        let mut keys = older;
        keys.insert(0, newest);
        Self(keys)
    }

    /// The one that wraps.
    #[must_use]
    pub fn newest(&self) -> &Key {
        &self.0[0]
    }

    /// How many are there beside it, for what was wrapped before.
    #[must_use]
    pub fn older(&self) -> usize {
        self.0.len() - 1
    }

    /// Wraps under the newest.
    #[must_use]
    pub fn wrap(&self, nonce: Nonce, context: &str, key: &Key) -> Vec<u8> {
        self.newest().wrap(nonce, context, key)
    }

    /// Unwraps under whichever fits.
    ///
    /// # Errors
    /// [`Unopened`] when none does: the database belongs to another master key.
    pub fn unwrap(&self, context: &str, wrapped: &[u8]) -> Result<Key, Unopened> {
        self.0.iter().find_map(|key| key.unwrap(context, wrapped).ok()).ok_or(Unopened)
    }
}

/// Names of the vault's own keys, as rows of `vault_key`.
pub const KEY_NAMES: [&str; 3] = ["data", "identity-pepper", "suppression-pepper"];

/// The keys a running service works with.
#[derive(Clone, Debug)]
pub struct Vault {
    data: Key,
    identity_pepper: Key,
    suppression_pepper: Key,
}

impl Vault {
    /// From the keys in the order of [`KEY_NAMES`].
    #[must_use]
    pub const fn new([data, identity_pepper, suppression_pepper]: [Key; 3]) -> Self {
        Self { data, identity_pepper, suppression_pepper }
    }

    /// The key for secrets, stored answers and wrapped keys.
    #[must_use]
    pub const fn data(&self) -> &Key {
        &self.data
    }

    /// Wraps the key of an identity.
    #[must_use]
    pub fn wrap_identity_key(&self, nonce: Nonce, id: &IdentityId, key: &Key) -> Vec<u8> {
        self.data.wrap(nonce, &format!("identity-key/{id}"), key)
    }

    /// Unwraps the key of an identity.
    ///
    /// # Errors
    /// [`Unopened`] when it was wrapped for another.
    pub fn identity_key(&self, id: &IdentityId, wrapped: &[u8]) -> Result<Key, Unopened> {
        self.data.unwrap(&format!("identity-key/{id}"), wrapped)
    }

    /// The index under which an address is found without being stored.
    #[must_use]
    pub fn blind(&self, workspace: &WorkspaceId, namespace: &Namespace, external_id: &str) -> [u8; 32] {
        self.identity_pepper.mac(&[workspace.as_str(), namespace.as_str(), external_id])
    }

    /// The index under which an opt-out is remembered for ever.
    #[must_use]
    pub fn suppression_key(
        &self,
        workspace: &WorkspaceId,
        namespace: &Namespace,
        external_id: &str,
    ) -> [u8; 32] {
        self.suppression_pepper.mac(&[workspace.as_str(), namespace.as_str(), external_id])
    }

    /// The form in which a secret that was shown to somebody is kept. `kind` keeps one kind from passing for another.
    #[must_use]
    pub fn proof_hash(&self, workspace: &WorkspaceId, kind: &str, secret: &str) -> [u8; 32] {
        self.identity_pepper.mac(&["proof", workspace.as_str(), kind, secret])
    }

    /// The index under which sends to numbers alike are counted.
    #[must_use]
    pub fn cap_key(&self, workspace: &WorkspaceId, kind: &str, value: &str) -> [u8; 32] {
        self.identity_pepper.mac(&["cap", workspace.as_str(), kind, value])
    }

    /// A short keyed index of a provider's id of a public post or thread: such ids point at people.
    #[must_use]
    pub fn external_key(&self, scope: &str, external_id: &str) -> [u8; 16] {
        let full = self.identity_pepper.mac(&["external", scope, external_id]);
        let mut short = [0; 16];
        short.copy_from_slice(&full[..16]);
        short
    }
}

/// A new API key out of 32 random bytes.
#[must_use]
pub fn new_api_key(random: [u8; 32]) -> Secret {
    Secret::new(format!("sk_{}", hex::encode(random)))
}

/// The form in which an API key is stored. Keys hold 256 random bits, so one hash is enough.
#[must_use]
pub fn api_key_hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = Key::new([7; 32]);

    #[test]
    fn what_is_sealed_opens_only_with_its_key_and_context() {
        let sealed = KEY.seal([1; 24], "body/1", b"hello");
        assert_eq!(KEY.open("body/1", &sealed).as_deref(), Ok(&b"hello"[..]));
        assert_eq!(KEY.open("body/2", &sealed), Err(Unopened));
        assert_eq!(Key::new([8; 32]).open("body/1", &sealed), Err(Unopened));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(KEY.open("body/1", &changed), Err(Unopened), "byte {at}");
        }
        assert_eq!(KEY.open("body/1", &[]), Err(Unopened));
    }

    #[test]
    fn an_older_master_key_still_unwraps() {
        let wrapped = MasterKeys::new(KEY, vec![]).wrap([1; 24], "data", &Key::new([9; 32]));
        let rotated = MasterKeys::new(Key::new([1; 32]), vec![KEY]);
        assert!(rotated.unwrap("data", &wrapped).is_ok());
        assert!(MasterKeys::new(Key::new([1; 32]), vec![]).unwrap("data", &wrapped).is_err());
    }

    #[test]
    fn blind_indexes_differ_by_workspace_and_use() {
        let now = crate::domain::time::Timestamp::from_millis(0);
        let vault = Vault::new([KEY, Key::new([1; 32]), Key::new([2; 32])]);
        let (one, two) = (WorkspaceId::new(now, &[1; 10]), WorkspaceId::new(now, &[2; 10]));
        let phone = Namespace::phone();
        assert_ne!(vault.blind(&one, &phone, "+1"), vault.blind(&two, &phone, "+1"));
        assert_ne!(vault.blind(&one, &phone, "+1"), vault.suppression_key(&one, &phone, "+1"));
    }

    #[test]
    fn a_key_does_not_print() {
        assert_eq!(format!("{KEY:?}"), "Key(..)");
    }
}
