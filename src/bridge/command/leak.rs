//! What a public text may not give away, held against what this workspace has and has shown.

use std::collections::HashSet;

use crate::bridge::draft::Draft;
use crate::bridge::refusal::Refusal;
use crate::domain::handoff::proof::{ProofKind, ProofState, candidates, gives_away};
use crate::domain::id::WorkspaceId;
use crate::domain::leak::{self, Bounds, Leak};
use crate::vault::Vault;

/// The hashes of what may be live tokens in a text, to be looked up.
pub(super) fn secrets(vault: &Vault, workspace: &WorkspaceId, text: &str) -> HashSet<[u8; 32]> {
    let tokens = candidates(text).into_iter().filter(|(kind, _)| *kind == ProofKind::Token);
    tokens.map(|(kind, token)| vault.proof_hash(workspace, kind.as_str(), &token)).collect()
}

/// Only the brand's own numbers and addresses may stand in public, and no secret that is still worth something.
pub(in crate::bridge) fn check_leak(
    draft: &Draft<'_>,
    workspace: &WorkspaceId,
    text: &str,
) -> Result<(), Refusal> {
    let settings = draft.settings(workspace);
    let live = draft.world.connections.values().filter(|one| one.is_live && one.workspace_id == *workspace);
    let accounts = live.flat_map(|connection| connection.account.values().cloned());
    let bounds = Bounds {
        ours: accounts.chain(settings.public_addresses).collect(),
        patterns: settings.leak_patterns,
    };
    let secret = shows_secret(draft, workspace, text).then_some(Leak::Secret);
    let found = secret.or_else(|| leak::find(text, &bounds));
    let Some(leak) = found else { return Ok(()) };
    let detail = format!(
        "Everybody would read {} here. Leave it out, or ask the customer to go on in private.",
        leak.as_str()
    );
    Err(Refusal::Leak { detail })
}

/// A phrase or a code is kept under the handoff it was made for, a token under the workspace.
fn shows_secret(draft: &Draft<'_>, workspace: &WorkspaceId, text: &str) -> bool {
    let is_live = |hash: &[u8; 32]| {
        let proof = draft.world.proofs.get(hash);
        proof.is_some_and(|proof| proof.state == ProofState::Live && draft.now < proof.expires_at)
    };
    gives_away(text, |kind, secret| match kind {
        ProofKind::Token => is_live(&draft.vault.proof_hash(workspace, kind.as_str(), secret)),
        ProofKind::Phrase | ProofKind::Code => draft.world.handoffs.keys().any(|handoff| {
            let name = format!("{}/{handoff}", kind.as_str());
            is_live(&draft.vault.proof_hash(workspace, &name, secret))
        }),
    })
}
