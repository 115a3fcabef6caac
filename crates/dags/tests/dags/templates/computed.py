A = "{{ conn[params.name].host }}"  # => dynamic conn Other
B = "{{ var.value.get(params.key, 'x') }}"  # => dynamic var Other
C = "{{ var.value['a' ~ ds] }}"  # => dynamic var Other
