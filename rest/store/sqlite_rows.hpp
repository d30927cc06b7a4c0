// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "rest/store/access.hpp"
#include "rest/store/sqlite_connection.hpp"
#include "rest/zone/records.hpp"

namespace nova::store {

// One record each: its columns in the order of these lists, to be bound and read in that order.
#define NOVA_ACTION_COLUMNS \
  "host,id,service,verb,actor,door,reason,requested,finished,outcome,message,hold,changed,used_override"
#define NOVA_HOLD_COLUMNS "host,id,service,owner,actor,reason,since,recorded,until,door,enforce"
#define NOVA_RELEASE_COLUMNS "host,hold,actor,at,door,message"
#define NOVA_HOST_COLUMNS \
  "id,name,last_seen,nova_name,machine_id,os,kernel,architecture,daemon,systemd,boot_time,load1"
#define NOVA_SERVICE_COLUMNS                                                                     \
  "host,id,binary,instance,kind,controllable,updated_at,unit,load_state,active_state,sub_state," \
  "unit_file_state,freezer_state,result,invocation_id,main_pid,restarts,since,aliases,payload_elsewhere"
#define NOVA_COMMAND_COLUMNS "host,id,service,verb,actor,reason,remaining,thaw,force,deadline,boot_id"

Query& put_row(Query& query, const zone::ActionRecord& record);
Query& put_row(Query& query, const Uuid& host, const Hold& hold);
Query& put_row(Query& query, const Uuid& host, const Release& release);
Query& put_row(Query& query, const zone::HostRecord& host);
Query& put_row(Query& query, const Uuid& host, const zone::StoredService& service);
Query& put_row(Query& query, const zone::CommandRecord& record, const std::string& boot_id);

// @throws std::runtime_error for a word that no build of ours writes: the file is damaged
zone::ActionRecord read_action(Query& row);
std::pair<Uuid, Hold> read_hold(Query& row);
std::pair<Uuid, Release> read_release(Query& row);
zone::HostRecord read_host(Query& row);
std::pair<Uuid, zone::StoredService> read_service(Query& row);
zone::CommandRecord read_command(Query& row, const std::string& boot_id);
Token read_token(Query& row);

}  // namespace nova::store
