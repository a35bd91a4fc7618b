//! The routes, one file per resource. What is mounted here is what the document shows.

mod audit;
mod callbacks;
mod complaints;
mod connections;
mod consents;
mod conversations;
mod customers;
mod deliveries;
mod docs;
mod events;
mod export;
mod figures;
mod handoffs;
pub(super) mod health;
mod keys;
mod ledger;
mod links;
mod messages;
mod notices;
mod policy;
mod providers;
mod receipts;
mod setup;
mod stream;
mod tasks;
mod templates;
mod webhooks;
mod workspace;
mod workspaces;

use actix_web::middleware::from_fn;
use actix_web::web;
use utoipa_actix_web::scope;
use utoipa_actix_web::service_config::ServiceConfig;

use super::auth;

/// Mounts everything on an application.
pub(super) fn configure(config: &mut web::ServiceConfig) {
    collect(&mut ServiceConfig::new(config));
    docs::configure(config);
}

/// Mounts what the document shows.
pub(super) fn collect(config: &mut ServiceConfig<'_>) {
    config
        .configure(health::collect)
        .configure(callbacks::collect)
        .configure(receipts::collect_public)
        .service(
            scope::scope("/v1")
                .configure(complaints::collect)
                .configure(handoffs::collect)
                .configure(figures::collect)
                .configure(conversations::collect)
                .configure(consents::collect)
                .configure(messages::collect)
                .configure(customers::collect)
                .configure(links::collect)
                .configure(connections::collect)
                .configure(policy::collect)
                .configure(providers::collect)
                .configure(webhooks::collect)
                .configure(deliveries::collect)
                .configure(events::collect)
                .configure(stream::collect)
                .configure(tasks::collect)
                .configure(keys::collect)
                .configure(workspace::collect)
                .configure(workspaces::collect)
                .configure(templates::collect)
                .configure(notices::collect)
                .configure(ledger::collect)
                .configure(receipts::collect)
                .configure(audit::collect)
                .wrap(from_fn(auth::guard)),
        );
}
