/* SPDX-License-Identifier: MIT */
/* The handlers, one a route. Each runs with the tenant locked. */
#ifndef SANDBOX_API_H
#define SANDBOX_API_H

#include "call.h"

/* admin_users.c: reading; admin_create.c, admin_update.c: writing */
void admin_me(struct call *c);
void admin_users_list(struct call *c);
void admin_user_get(struct call *c);
void admin_users_create(struct call *c);
void admin_user_update(struct call *c);
void admin_user_delete(struct call *c);

/* admin_licenses.c */
void admin_licenses_list(struct call *c);
void admin_license_get(struct call *c);
void admin_license_assign(struct call *c);
void admin_license_unassign(struct call *c);

/* admin_groups.c */
void admin_groups_list(struct call *c);
void admin_group_get(struct call *c);
void admin_group_create(struct call *c);
void admin_group_update(struct call *c);
void admin_group_delete(struct call *c);
void admin_group_user_put(struct call *c);
void admin_group_user_delete(struct call *c);

/* admin_misc.c */
void admin_account_get(struct call *c);
void admin_account_update(struct call *c);
void admin_rolesets_list(struct call *c);
void admin_roleset_create(struct call *c);
void admin_roleset_assign(struct call *c);
void admin_roleset_remove(struct call *c);
void admin_templates_list(struct call *c);
void admin_template_create(struct call *c);
void admin_attributes_list(struct call *c);
void admin_attribute_create(struct call *c);

/* oauth_token.c, oauth.c */
void oauth_token(struct call *c);
void oauth_authorize(struct call *c);
void oauth_revoke(struct call *c);
void oauth_introspect(struct call *c);
void oauth_metadata(struct call *c);
void oauth_keys(struct call *c);

/* meeting.c, meeting_people.c */
void meeting_organizers_list(struct call *c);
void meeting_organizer_get(struct call *c);
void meeting_organizer_history(struct call *c);
void meeting_groups_list(struct call *c);
void meeting_group_organizers(struct call *c);
void meeting_group_history(struct call *c);
void meeting_history(struct call *c);

/* webinar.c, training.c, connect.c, assist.c */
void webinar_account_webinars(struct call *c);
void webinar_webinars(struct call *c);
void webinar_sessions(struct call *c);
void training_sessions(struct call *c);
void connect_users(struct call *c);
void connect_activity(struct call *c);
void assist_sessions(struct call *c);

/* control_activity.c */
void control_activity(struct call *c);

/* control.c, control_fault.c, control_mutate.c */
void control_state(struct call *c);
void control_user(struct call *c);
void control_log(struct call *c);
void control_log_clear(struct call *c);
void control_counters(struct call *c);
void control_counters_clear(struct call *c);
void control_fault_add(struct call *c);
void control_fault_list(struct call *c);
void control_fault_clear(struct call *c);
void control_switch_set(struct call *c);
void control_switch_list(struct call *c);
void control_revoke(struct call *c);
void control_token_new(struct call *c);
void control_token_list(struct call *c);
void control_mutate(struct call *c);
void control_wait(struct call *c);
void control_clock(struct call *c);

#endif
