//! Routes that can be listed: every path with its methods, written down as the router is built.
//!
//! The router itself cannot be asked what it routes. What is said of its routes elsewhere (`/openapi.json`, the
//! metrics) is held against this list, so a route cannot be added without being told of.

use std::sync::Arc;

use axum::Router;
use axum::handler::Handler;
use axum::middleware;
use axum::routing::MethodRouter;
use http::Method;

use crate::house::House;
use crate::http::admin;

/// One route as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Its path, with `{name}` for a segment and `{*name}` for all that follow.
    pub path: String,
    /// The methods that it takes; empty for all of them.
    pub methods: Vec<Method>,
}

/// The methods of a path, and who answers them.
pub(super) struct Methods {
    named: Vec<Method>,
    inner: MethodRouter<Arc<House>>,
}

/// Routes, listed and routed.
#[derive(Default)]
pub(super) struct Routes {
    listed: Vec<Route>,
    inner: Router<Arc<House>>,
}

/// `GET` is answered by this.
pub(super) fn get<H: Handler<T, Arc<House>>, T: 'static>(handler: H) -> Methods {
    Methods { named: vec![Method::GET], inner: axum::routing::get(handler) }
}

/// `POST` is answered by this.
pub(super) fn post<H: Handler<T, Arc<House>>, T: 'static>(handler: H) -> Methods {
    Methods { named: vec![Method::POST], inner: axum::routing::post(handler) }
}

/// `PUT` is answered by this.
pub(super) fn put<H: Handler<T, Arc<House>>, T: 'static>(handler: H) -> Methods {
    Methods { named: vec![Method::PUT], inner: axum::routing::put(handler) }
}

/// `DELETE` is answered by this.
pub(super) fn delete<H: Handler<T, Arc<House>>, T: 'static>(handler: H) -> Methods {
    Methods { named: vec![Method::DELETE], inner: axum::routing::delete(handler) }
}

/// Every method is answered by this.
pub(super) fn any<H: Handler<T, Arc<House>>, T: 'static>(handler: H) -> Methods {
    Methods { named: Vec::new(), inner: axum::routing::any(handler) }
}

impl Methods {
    /// `POST` too, by this.
    pub(super) fn post<H: Handler<T, Arc<House>>, T: 'static>(mut self, handler: H) -> Self {
        self.named.push(Method::POST);
        Self { inner: self.inner.post(handler), ..self }
    }

    /// `DELETE` too, by this.
    pub(super) fn delete<H: Handler<T, Arc<House>>, T: 'static>(mut self, handler: H) -> Self {
        self.named.push(Method::DELETE);
        Self { inner: self.inner.delete(handler), ..self }
    }
}

impl Routes {
    /// One more path.
    pub(super) fn route(mut self, path: &str, methods: Methods) -> Self {
        self.listed.push(Route { path: path.to_owned(), methods: methods.named });
        Self { inner: self.inner.route(path, methods.inner), ..self }
    }

    /// All of those below a path.
    pub(super) fn nest(mut self, base: &str, routes: Self) -> Self {
        let below = routes
            .listed
            .into_iter()
            .map(|route| Route { path: format!("{base}{}", route.path), ..route });
        self.listed.extend(below);
        Self { inner: self.inner.nest(base, routes.inner), ..self }
    }

    /// All of those beside these.
    pub(super) fn merge(mut self, routes: Self) -> Self {
        self.listed.extend(routes.listed);
        Self { inner: self.inner.merge(routes.inner), ..self }
    }

    /// Only for whoever may manage the router.
    pub(super) fn managed(self) -> Self {
        Self { inner: self.inner.route_layer(middleware::from_fn(admin::require)), ..self }
    }

    /// The list.
    pub(super) fn listed(&self) -> &[Route] {
        &self.listed
    }

    /// The router.
    pub(super) fn into_router(self) -> Router<Arc<House>> {
        self.inner
    }
}
