//! The export of a customer: one JSON document, written as it is read, whatever its length.

use std::collections::VecDeque;

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpResponse, get, web};
use futures_util::stream::{Stream, unfold};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::domain::id::{ComplaintId, CustomerId, IdentityId, MessageId, WorkspaceId};
use crate::domain::link::Level;
use crate::domain::time::Timestamp;
use crate::http::Api;
use crate::http::answer::Handled;
use crate::http::auth::{Admin, Granted};
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::store::StoreError;
use crate::store::view::IdentityFullView;

/// What is exported.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ExportCustomer {
    /// The weakest links over which other identities are the same person for this export. `L3` unless you know better: a
    /// weaker link may have been made by somebody who only had a token in their hands.
    #[param(inline, required = false)]
    across: Option<Across>,
}

/// How strong a link must be to be exported across.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
enum Across {
    /// Both sides proven.
    L2,
    /// Vouched for by the platform.
    L3,
}

/// Everything there is of a customer.
#[derive(Debug, Serialize, ToSchema)]
struct Export {
    /// `segue-export/1`.
    #[schema(example = "segue-export/1")]
    format: String,
    /// The customer.
    customer_id: CustomerId,
    /// When it was made.
    made_at: Timestamp,
    /// The weakest links it went across.
    across: Level,
    /// Whose words these are.
    identities: Vec<IdentityFullView>,
    /// Identities of the same customer that are linked less surely.
    not_included: Vec<IdentityId>,
    /// How they are linked.
    links: Vec<Value>,
    /// What they agreed to.
    consents: Vec<Value>,
    /// Their complaints with what was said in public.
    complaints: Vec<Value>,
    /// Their messages and what was sent to them.
    messages: Vec<Value>,
}

/// Export a customer
///
/// What there is of the identity that began as this customer, and of those linked with it surely enough: their words,
/// what was said to them, what they agreed to. Notes of the desk are not in it.
#[utoipa::path(tag = "Customers", params(ExportCustomer), security(("api_key" = ["admin"])),
    responses((status = 200, description = "The document, written as it is read.", body = Export)))]
#[get("/customers/{id}/export")]
pub(super) async fn export_customer(
    api: web::Data<Api>,
    granted: Granted<Admin>,
    id: web::Path<CustomerId>,
    query: Query<ExportCustomer>,
) -> Handled {
    let across = match query.0.across {
        Some(Across::L2) => Level::L2,
        Some(Across::L3) | None => Level::L3,
    };
    let now = api.clock.now();
    let found = api.store.export_head(&granted.workspace_id, &id, across, now).await?;
    let found = found.ok_or_else(|| Problem::not_found("The customer"))?;
    let writer = Writer {
        workspace: granted.workspace_id.clone(),
        api,
        head: Some(found.head),
        complaints: found.identity_ids.iter().cloned().map(|id| (id, None)).collect(),
        messages: found.identity_ids.into_iter().map(|id| (id, None)).collect(),
        stage: Stage::Head,
        first: true,
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .streaming(writer.chunks()))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Head,
    Complaints,
    Messages,
    Over,
}

/// Writes the document piece by piece; `first` until something stands in the present list.
struct Writer {
    api: web::Data<Api>,
    workspace: WorkspaceId,
    head: Option<Value>,
    complaints: VecDeque<(IdentityId, Option<ComplaintId>)>,
    messages: VecDeque<(IdentityId, Option<MessageId>)>,
    stage: Stage,
    first: bool,
}

impl Writer {
    fn chunks(self) -> impl Stream<Item = Result<Bytes, StoreError>> {
        unfold(self, |mut writer| async move {
            let piece = writer.next().await.transpose()?;
            if piece.is_err() {
                // The connection breaks off: whoever reads sees that the document has no end.
                writer.stage = Stage::Over;
            }
            Some((piece.map(Bytes::from), writer))
        })
    }

    async fn next(&mut self) -> Result<Option<String>, StoreError> {
        match self.stage {
            Stage::Head => Ok(Some(self.begin())),
            Stage::Complaints => self.complaints().await.map(Some),
            Stage::Messages => self.messages().await.map(Some),
            Stage::Over => Ok(None),
        }
    }

    fn begin(&mut self) -> String {
        let head = self.head.take().unwrap_or_default().to_string();
        self.turn_to(Stage::Complaints);
        format!("{},\"complaints\":[", head.strip_suffix('}').unwrap_or(&head))
    }

    fn turn_to(&mut self, stage: Stage) {
        self.stage = stage;
        self.first = true;
    }

    async fn complaints(&mut self) -> Result<String, StoreError> {
        while let Some((identity, after)) = self.complaints.pop_front() {
            let store = &self.api.store;
            let found = store.export_complaints(&self.workspace, &identity, after.as_ref()).await?;
            if let Some((items, last)) = found {
                self.complaints.push_front((identity, Some(last)));
                return Ok(self.items(&items));
            }
        }
        self.turn_to(Stage::Messages);
        Ok("],\"messages\":[".to_owned())
    }

    async fn messages(&mut self) -> Result<String, StoreError> {
        while let Some((identity, after)) = self.messages.pop_front() {
            let found = self.api.store.export_messages(&self.workspace, &identity, after.as_ref()).await?;
            if let Some((items, last)) = found {
                self.messages.push_front((identity, Some(last)));
                return Ok(self.items(&items));
            }
        }
        self.stage = Stage::Over;
        Ok("]}".to_owned())
    }

    fn items(&mut self, items: &[Value]) -> String {
        let mut text = String::new();
        for item in items {
            if !std::mem::take(&mut self.first) {
                text.push(',');
            }
            text.push_str(&item.to_string());
        }
        text
    }
}
