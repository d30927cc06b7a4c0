// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rest/http/api.hpp"

/// The handlers of the route table, one file per resource. Each is a function of what it is given: no clock,
/// no network, no waiting beyond the writer's own.
namespace nova::http {

Reply get_versions(const Parts& parts, const Request& request);
Reply get_version_of_2011(const Parts& parts, const Request& request);
Reply get_health(const Parts& parts, const Request& request);
Reply get_openapi(const Parts& parts, const Request& request);

Reply get_services(const Parts& parts, const Request& request);
Reply get_service(const Parts& parts, const Request& request);
Reply post_action(const Parts& parts, const Request& request);
Reply get_actions(const Parts& parts, const Request& request);
Reply get_action(const Parts& parts, const Request& request);

Reply get_hosts(const Parts& parts, const Request& request);
Reply get_host(const Parts& parts, const Request& request);
Reply delete_host(const Parts& parts, const Request& request);

Reply post_sync(const Parts& parts, const Request& request);
Reply get_doorbell(const Parts& parts, const Request& request);
Reply post_enrol(const Parts& parts, const Request& request);
Reply post_renew(const Parts& parts, const Request& request);

}  // namespace nova::http
