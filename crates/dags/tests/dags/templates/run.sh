#!/bin/sh
export TOKEN={{ conn.get('api').password }} # => conn:api Jinja
echo "${#ARRAY} {{ ds }} ${CONN:-{}}"
