-- Every call takes 40 ms longer, as over a network. The other calls go on meanwhile.
core.register_action("delay", { "http-req" }, function(_) core.msleep(40) end)
