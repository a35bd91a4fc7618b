//! `/v1/ledger`: the consent ledger's head, leaves and proofs. Nothing here is personal.

use actix_web::{HttpResponse, get, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::domain::id::{ConsentId, WorkspaceId};
use crate::domain::signature::encode_base64;
use crate::domain::time::Timestamp;
use crate::http::Api;
use crate::http::answer::Handled;
use crate::http::auth::{Granted, Read};
use crate::http::page::{Limit, List};
use crate::http::problem::{Code, Problem, ProblemBody};
use crate::http::query::Query;
use crate::ledger::hash::Hash;
use crate::store::ledger::{Head, Recorded};

pub(super) fn collect(config: &mut ServiceConfig<'_>) {
    config.service(show_checkpoint).service(prove_inclusion).service(prove_consistency).service(list_entries);
}

/// The head of the ledger.
#[derive(Debug, Serialize, ToSchema)]
struct LedgerHead {
    /// Which log, as its checkpoints name it.
    #[schema(example = "segue.example.com/ledger/ws_00000000000000000000000000")]
    origin: String,
    /// The note verifier key that checks its checkpoints. Keep a copy elsewhere: it is what you verify with.
    vkey: String,
    /// How many leaves it has.
    #[schema(example = 4711)]
    size: u64,
    /// The root over them, base64.
    #[schema(example = "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=")]
    root: String,
    /// Both, signed: a C2SP checkpoint, exact text.
    checkpoint: String,
    /// Since when.
    sealed_at: Timestamp,
}

/// Which leaf.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct WhichLeaf {
    /// Its number, from 0.
    #[param(minimum = 0, example = 12)]
    index: Option<u64>,
    /// Or the consent of whose newest event it is.
    record_id: Option<ConsentId>,
    /// The size of the tree to prove it in; default: the present one.
    #[param(minimum = 1)]
    size: Option<u64>,
}

/// That a leaf is in the ledger.
#[derive(Debug, Serialize, ToSchema)]
struct InclusionProof {
    /// The leaf's number, from 0.
    #[schema(example = 12)]
    index: u64,
    /// The size of the tree it is proven in.
    #[schema(example = 4711)]
    size: u64,
    /// The exact bytes of the leaf, base64.
    leaf: String,
    /// SHA-256 of a zero byte and the leaf, base64.
    leaf_hash: String,
    /// What leads from there to the root, leaf side first, base64.
    proof: Vec<String>,
    /// The root of that tree, base64. Compare it with one you got elsewhere.
    root: String,
    /// The signed checkpoint of that tree; null when it is not the present one.
    checkpoint: Option<String>,
}

/// Which two trees.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct WhichTrees {
    /// The size of the older one.
    #[param(minimum = 1, example = 12)]
    from: u64,
    /// The size of the newer one; default: the present one.
    #[param(minimum = 1)]
    to: Option<u64>,
}

/// That one tree goes on where another ended.
#[derive(Debug, Serialize, ToSchema)]
struct ConsistencyProof {
    /// The size of the older tree.
    #[schema(example = 12)]
    from: u64,
    /// The size of the newer tree.
    #[schema(example = 4711)]
    to: u64,
    /// The root of the older tree, base64.
    from_root: String,
    /// The root of the newer tree, base64.
    to_root: String,
    /// The proof of RFC 6962, base64.
    proof: Vec<String>,
    /// The signed checkpoint of the newer tree; null when it is not the present one.
    checkpoint: Option<String>,
}

/// Which leaves.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct WhichEntries {
    /// The number of the first, or `next` of the page before.
    #[serde(default)]
    #[param(minimum = 0, default = 0, required = false)]
    start: u64,
    /// How many at most.
    #[serde(default)]
    #[param(value_type = i64, minimum = 1, maximum = 200, default = 50, required = false)]
    limit: Limit,
    /// Those of this consent alone: its history.
    record_id: Option<ConsentId>,
}

/// A leaf.
#[derive(Debug, Serialize, ToSchema)]
struct LedgerEntry {
    /// Its number, from 0.
    #[schema(example = 12)]
    index: u64,
    /// Its exact bytes, base64: canonical JSON (RFC 8785).
    leaf: String,
}

async fn head(api: &Api, workspace: &WorkspaceId) -> Result<Head, Problem> {
    api.store.ledger_head(workspace).await?.ok_or_else(|| Problem::not_found("A sealed consent event"))
}

/// The size asked for, which the ledger must have or have had.
fn size(asked: Option<u64>, head: &Head, name: &str) -> Result<u64, Problem> {
    let size = asked.unwrap_or(head.size);
    if (1..=head.size).contains(&size) {
        return Ok(size);
    }
    Err(Problem::invalid_parameter(name, format!("is 1 to {}, the size of the ledger", head.size)))
}

fn signed(head: &Head, size: u64) -> Option<String> {
    (size == head.size).then(|| head.checkpoint.clone())
}

fn texts(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(Hash::to_string).collect()
}

/// Show the ledger's head
///
/// Its signed checkpoint and the key that checks it. Whoever keeps a checkpoint can later prove that nothing before it
/// was changed.
#[utoipa::path(tag = "Ledger", security(("api_key" = ["read"])), responses(
    (status = 200, description = "The head.", body = LedgerHead),
    (status = 404, description = "Nothing has been sealed yet.", body = ProblemBody,
        content_type = "application/problem+json"),
))]
#[get("/ledger/checkpoint")]
async fn show_checkpoint(api: web::Data<Api>, granted: Granted<Read>) -> Handled {
    let Head { size, root, checkpoint, sealed_at } = head(&api, &granted.workspace_id).await?;
    let vkey = api.store.ledger_vkey(&granted.workspace_id).await?.unwrap_or_default();
    let origin = vkey.split('+').next().unwrap_or_default().to_owned();
    Ok(HttpResponse::Ok().json(LedgerHead {
        origin,
        vkey,
        size,
        root: root.to_string(),
        checkpoint,
        sealed_at,
    }))
}

/// Prove that a leaf is in the ledger
///
/// Name it by `index` or by `record_id`.
#[utoipa::path(tag = "Ledger", params(WhichLeaf), security(("api_key" = ["read"])), responses(
    (status = 200, description = "The proof.", body = InclusionProof),
    (status = 404, description = "There is no such leaf.", body = ProblemBody,
        content_type = "application/problem+json"),
    (status = 409, description = "`not_sealed`: the newest event of that consent waits to be sealed.",
        body = ProblemBody, content_type = "application/problem+json"),
))]
#[get("/ledger/proof")]
async fn prove_inclusion(api: web::Data<Api>, granted: Granted<Read>, query: Query<WhichLeaf>) -> Handled {
    let (workspace, Query(which)) = (&granted.workspace_id, query);
    let index = match (which.index, which.record_id) {
        (Some(index), None) => index,
        (None, Some(record)) => newest(&api, workspace, &record).await?,
        _ => return Err(Problem::invalid_parameter("index", "is needed, or `record_id`, and not both")),
    };
    let head = head(&api, workspace).await?;
    let size = size(which.size, &head, "size")?;
    let leaf = api.store.ledger_leaves(workspace, (index, size), 1).await?.pop();
    let Some((_, leaf)) = leaf.filter(|(found, _)| *found == index) else {
        return Err(Problem::not_found(&format!("Leaf {index} of a tree of {size}")));
    };
    let proof = api.store.prove_inclusion(workspace, index, size).await?;
    let root = api.store.ledger_root(workspace, size).await?;
    let (Some(proof), Some(root)) = (proof, root) else { return Err(incomplete()) };
    Ok(HttpResponse::Ok().json(InclusionProof {
        index,
        size,
        leaf: encode_base64(&leaf),
        leaf_hash: Hash::of_leaf(&leaf).to_string(),
        proof: texts(&proof),
        root: root.to_string(),
        checkpoint: signed(&head, size),
    }))
}

/// The leaf of a consent's newest event.
pub(super) async fn newest(api: &Api, workspace: &WorkspaceId, record: &ConsentId) -> Result<u64, Problem> {
    match api.store.recorded(workspace, record.as_str()).await? {
        Recorded::Sealed(index) => Ok(index),
        Recorded::Waiting => Err(not_sealed()),
        Recorded::Unknown => Err(Problem::not_found("The consent")),
    }
}

fn not_sealed() -> Problem {
    Problem::new(Code::NotSealed, "Its newest event waits to be sealed; that takes a second as a rule.")
}

fn incomplete() -> Problem {
    Problem::internal(&"the ledger lacks subtrees of a head it has signed")
}

/// Prove that the ledger goes on where it ended before
#[utoipa::path(tag = "Ledger", params(WhichTrees), security(("api_key" = ["read"])), responses(
    (status = 200, description = "The proof.", body = ConsistencyProof),
    (status = 404, description = "Nothing has been sealed yet.", body = ProblemBody,
        content_type = "application/problem+json"),
))]
#[get("/ledger/consistency")]
async fn prove_consistency(api: web::Data<Api>, granted: Granted<Read>, query: Query<WhichTrees>) -> Handled {
    let (workspace, Query(which)) = (&granted.workspace_id, query);
    let head = head(&api, workspace).await?;
    let to = size(which.to, &head, "to")?;
    let from = size(Some(which.from), &head, "from")?;
    if from > to {
        return Err(Problem::invalid_parameter("from", "is not larger than `to`"));
    }
    let proof = api.store.prove_consistency(workspace, from, to).await?;
    let from_root = api.store.ledger_root(workspace, from).await?;
    let to_root = api.store.ledger_root(workspace, to).await?;
    let (Some(proof), Some(from_root), Some(to_root)) = (proof, from_root, to_root) else {
        return Err(incomplete());
    };
    Ok(HttpResponse::Ok().json(ConsistencyProof {
        from,
        to,
        from_root: from_root.to_string(),
        to_root: to_root.to_string(),
        proof: texts(&proof),
        checkpoint: signed(&head, to),
    }))
}

/// List leaves
///
/// In order. `next` is null on the last page; later the ledger may have more.
#[utoipa::path(tag = "Ledger", params(WhichEntries), security(("api_key" = ["read"])),
    responses((status = 200, description = "A page of leaves.", body = List<LedgerEntry>)))]
#[get("/ledger/entries")]
async fn list_entries(api: web::Data<Api>, granted: Granted<Read>, query: Query<WhichEntries>) -> Handled {
    let Query(WhichEntries { start, limit, record_id }) = query;
    if let Some(record) = record_id {
        return history(&api, &granted.workspace_id, &record, (start, limit)).await;
    }
    let Some(head) = api.store.ledger_head(&granted.workspace_id).await? else {
        return Ok(HttpResponse::Ok().json(List::<LedgerEntry> { data: Vec::new(), next: None }));
    };
    let leaves = api.store.ledger_leaves(&granted.workspace_id, (start, head.size), limit.0).await?;
    let after = leaves.last().map_or(head.size, |(index, _)| index + 1);
    let next = (after < head.size).then(|| after.to_string());
    Ok(HttpResponse::Ok().json(List { data: leaves.into_iter().map(entry).collect(), next }))
}

fn entry((index, leaf): (u64, Vec<u8>)) -> LedgerEntry {
    LedgerEntry { index, leaf: encode_base64(&leaf) }
}

/// The sealed leaves of one record; a page of them.
async fn history(
    api: &Api,
    workspace: &WorkspaceId,
    record: &ConsentId,
    (start, limit): (u64, Limit),
) -> Handled {
    let leaves = api.store.leaves_of(workspace, record.as_str()).await?;
    let mut rest = leaves.into_iter().filter(|(index, _)| *index >= start).peekable();
    let most = usize::try_from(limit.0).unwrap_or(usize::MAX);
    let data = rest.by_ref().take(most).map(entry).collect();
    let next = rest.peek().map(|(index, _)| index.to_string());
    Ok(HttpResponse::Ok().json(List { data, next }))
}
