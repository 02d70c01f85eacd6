/* SPDX-License-Identifier: MIT */
#include "conf.h"
#include "gotofs/err.h"
#include "gotofs/goto.h"
#include "gotofs/secret.h"

int
conf_api(const struct conf *c, char **ret_secret, struct goto_conf *ret,
    struct err *err)
{
	int r = 0;

	if (c->client_secret_file)
		r = secret_read_file(c->client_secret_file, ret_secret, err);
	*ret = (struct goto_conf){
	    .account_key = c->account_key,
	    .api_url = c->api_url,
	    .connect_url = c->connect_url,
	    .auth_url = c->auth_url,
	    .ca_file = c->ca_file,
	    .client_id = c->client_id,
	    .client_secret = *ret_secret,
	};
	return r;
}
