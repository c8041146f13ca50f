/* The operation that a request asks for, where one URL serves them all: GraphQL and JSON-RPC.
 *
 *     {"operationName": "GetCart", "query": "..."}         GetCart
 *     {"query": "query GetCart { cart { id } }"}           GetCart
 *     {"query": "{ cart { id } }"}                         query.cart, by its first field
 *     GET /graphql?query=...&operationName=GetCart         GetCart
 *     {"jsonrpc": "2.0", "method": "eth_call", ...}        eth_call
 *     [{...}, {...}]                                       batch.eth_call where all are one, else batch
 *
 * Source: GraphQL over HTTP (GraphQL Foundation, 2025), the GraphQL specification of October 2021, section 2.3;
 * JSON-RPC 2.0. JSON-RPC 1.0, whose "method" stands without "jsonrpc", counts where "params" and "id" stand beside it. */
#ifndef SEEP_TRAFFIC_OPERATION_H
#define SEEP_TRAFFIC_OPERATION_H

#include <stdbool.h>
#include <stddef.h>

#include "model/request.h"

#define OPERATION_SIZE 65

/* Writes the operation's name: letters, digits, '_', '-', '.', '/' and ':' (anything else becomes '_'), at most
 * OPERATION_SIZE - 1 characters. False: the request asks for none. Cost: one pass over the body. */
bool operation_name(const struct request *request, char name[OPERATION_SIZE]);

#endif
