//! `PeopleService`: who may sign in to the console.

use tonic::{Request, Response, Status};

use super::{parts, within_deadline};
use crate::{
    domain::person::SignIn,
    edge::{
        author::sign,
        people,
        proto::v1::{self, people_service_server::PeopleService},
    },
    service::{node::Node, refusal::Refusal},
};

/// The service.
pub struct PeopleDoor {
    /// The store.
    pub node: Node,
}

/// Hashes a password beside the thread that serves.
async fn sign_in(password: String) -> Result<Option<SignIn>, Refusal> {
    let hashed = tokio::task::spawn_blocking(move || people::sign_in(&password)).await;
    hashed.unwrap_or(Err(Refusal::Unavailable("shutting down")))
}

#[tonic::async_trait]
impl PeopleService for PeopleDoor {
    async fn list_people(
        &self,
        request: Request<v1::ListPeopleRequest>,
    ) -> Result<Response<v1::ListPeopleResponse>, Status> {
        let (metadata, _) = parts(request);
        let listed = self.node.change(|engine| Ok(people::list_people(engine)));
        Ok(Response::new(within_deadline(&metadata, listed).await?))
    }

    async fn add_person(
        &self,
        mut request: Request<v1::AddPersonRequest>,
    ) -> Result<Response<v1::AddPersonResponse>, Status> {
        sign(&mut request);
        let (metadata, mut message) = parts(request);
        let added = within_deadline(&metadata, async {
            let sign_in = sign_in(std::mem::take(&mut message.password)).await?;
            let add = |engine: &mut _| people::add_person(engine, &message, sign_in);
            self.node.change(add).await
        });
        Ok(Response::new(added.await?))
    }

    async fn change_person(
        &self,
        mut request: Request<v1::ChangePersonRequest>,
    ) -> Result<Response<v1::ChangePersonResponse>, Status> {
        sign(&mut request);
        let (metadata, mut message) = parts(request);
        let changed = within_deadline(&metadata, async {
            let sign_in = sign_in(std::mem::take(&mut message.password)).await?;
            let change = |engine: &mut _| people::change_person(engine, &message, sign_in);
            self.node.change(change).await
        });
        Ok(Response::new(changed.await?))
    }

    async fn remove_person(
        &self,
        mut request: Request<v1::RemovePersonRequest>,
    ) -> Result<Response<v1::RemovePersonResponse>, Status> {
        sign(&mut request);
        let (metadata, message) = parts(request);
        let remove = |engine: &mut _| people::remove_person(engine, &message);
        let removed = self.node.change(remove);
        Ok(Response::new(within_deadline(&metadata, removed).await?))
    }
}
