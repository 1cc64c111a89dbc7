(function_item name: (identifier) @name) @function
(mod_item name: (identifier) @name body: (_)) @group
