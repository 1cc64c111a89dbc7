(method_declaration name: (identifier) @name) @function
(class_declaration name: (identifier) @name) @group
